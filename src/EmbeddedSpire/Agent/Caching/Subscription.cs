using System.Threading.Channels;

namespace EmbeddedSpire.Agent.Caching;

/// <summary>A workload that wants to know what the cache has for it. Changes that come faster than it reads become one.</summary>
internal sealed class Subscription : IDisposable
{
    private readonly EntryCache _cache;
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Creates the subscription; the cache knows it already.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="selectors">What is true of the workload.</param>
    public Subscription(EntryCache cache, IReadOnlySet<WorkloadSelector> selectors) => (_cache, Selectors) = (cache, selectors);

    /// <summary>Gets what is true of the workload.</summary>
    public IReadOnlySet<WorkloadSelector> Selectors { get; }

    /// <summary>Waits for a change.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>What the cache has now.</returns>
    public async Task<WorkloadUpdate> NextAsync(CancellationToken cancellationToken)
    {
        await _changes.Reader.ReadAsync(cancellationToken);
        return _cache.UpdateFor(Selectors);
    }

    /// <summary>Tells the workload that something may have changed for it.</summary>
    public void Notify() => _changes.Writer.TryWrite(true);

    /// <inheritdoc/>
    public void Dispose() => _cache.Unsubscribe(this);
}
