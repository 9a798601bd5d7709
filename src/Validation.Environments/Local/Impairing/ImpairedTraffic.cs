using Validation.Core.Stacks;
using Validation.Environments.Network;

namespace Validation.Environments.Local.Impairing;

/// <summary>Traffic that goes past the impairer.</summary>
internal sealed class ImpairedTraffic : IImpairedTraffic
{
    private static readonly TimeSpan HealLimit = TimeSpan.FromSeconds(10);

    private readonly LinkImpairments _impairments;
    private volatile string? _broken;

    /// <summary>Creates it.</summary>
    /// <param name="impairments">Who impairs it.</param>
    /// <param name="id">Its number at the impairer.</param>
    /// <param name="traffic">The traffic.</param>
    /// <param name="lease">What sends it there.</param>
    public ImpairedTraffic(LinkImpairments impairments, int id, IReadOnlyCollection<Traffic> traffic, LinkLease lease) =>
        (_impairments, Id, Traffic, Lease) = (impairments, id, traffic, lease);

    /// <summary>Gets its number at the impairer.</summary>
    public int Id { get; }

    /// <summary>Gets the traffic.</summary>
    public IReadOnlyCollection<Traffic> Traffic { get; }

    /// <summary>Gets what sends it there.</summary>
    public LinkLease Lease { get; }

    /// <summary>Gets how many packets the impairer had lost before for want of time.</summary>
    public required long MissedBefore { get; init; }

    /// <inheritdoc/>
    public string? Broken => _broken ?? Lease.Broken;

    /// <summary>Remembers why it can no longer be trusted. The first reason stays.</summary>
    /// <param name="reason">Why.</param>
    public void Break(string reason) => _broken ??= reason;

    /// <inheritdoc/>
    public Task<IReadOnlyList<TrafficCount>> ReadCountersAsync(CancellationToken cancellationToken) =>
        _impairments.ReadCountersAsync(this, cancellationToken);

    /// <inheritdoc/>
    public Task HealAsync(CancellationToken cancellationToken) => _impairments.HealAsync(this, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(HealLimit);
        await HealAsync(limit.Token);
    }
}
