using Validation.Core.Stacks;

namespace Validation.Environments.Network;

/// <summary>Links that are cut by a lease.</summary>
/// <param name="links">The links.</param>
/// <param name="lease">Their lease, in a table that drops.</param>
internal sealed class NetworkCut(IReadOnlyCollection<Link> links, LinkLease lease) : INetworkCut
{
    /// <inheritdoc/>
    public IReadOnlyCollection<Link> Links => links;

    /// <inheritdoc/>
    public string? Broken => lease.Broken;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DroppedPackets>> ReadCountersAsync(CancellationToken cancellationToken) =>
        [.. (await lease.ReadCountersAsync(cancellationToken)).Select(count => new DroppedPackets(count.Traffic.Link, count.Packets))];

    /// <inheritdoc/>
    public Task HealAsync(CancellationToken cancellationToken) => lease.HealAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => lease.DisposeAsync();
}
