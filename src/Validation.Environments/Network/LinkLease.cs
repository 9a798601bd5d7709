using Validation.Core.Stacks;

namespace Validation.Environments.Network;

/// <summary>Traffic that a table treats, and what is known about the lease that keeps it so.</summary>
internal sealed class LinkLease : IImpairedTraffic
{
    private static readonly TimeSpan HealLimit = TimeSpan.FromSeconds(10);

    private readonly LinkLeases _leases;
    private volatile string? _broken;

    /// <summary>Creates the lease.</summary>
    /// <param name="leases">Who renews it.</param>
    /// <param name="traffic">The traffic.</param>
    /// <param name="packetsBefore">What the kernel had counted on each pair when the lease began.</param>
    /// <param name="renewedAt">The timestamp before which it was not yet running.</param>
    public LinkLease(
        LinkLeases leases, IReadOnlyCollection<Traffic> traffic, IReadOnlyDictionary<AddressPair, long> packetsBefore, long renewedAt)
    {
        (_leases, Traffic, PacketsBefore, RenewedAt) = (leases, traffic, packetsBefore, renewedAt);
        Pairs = traffic.Select(AddressPair.Of).ToHashSet();
    }

    /// <summary>Gets the traffic.</summary>
    public IReadOnlyCollection<Traffic> Traffic { get; }

    /// <inheritdoc/>
    public string? Broken => _broken;

    /// <summary>Gets the pairs of addresses of the traffic.</summary>
    public IReadOnlySet<AddressPair> Pairs { get; }

    /// <summary>Gets what the kernel had counted on each pair when the lease began; another one may have counted there before.</summary>
    public IReadOnlyDictionary<AddressPair, long> PacketsBefore { get; }

    /// <summary>Gets the timestamp taken before it was last renewed.</summary>
    public long RenewedAt { get; set; }

    /// <summary>Remembers why the lease can no longer be trusted. The first reason stays.</summary>
    /// <param name="reason">Why.</param>
    public void Break(string reason) => _broken ??= reason;

    /// <inheritdoc/>
    public Task<IReadOnlyList<TrafficCount>> ReadCountersAsync(CancellationToken cancellationToken) =>
        _leases.ReadCountersAsync(this, cancellationToken);

    /// <inheritdoc/>
    public Task HealAsync(CancellationToken cancellationToken) => _leases.HealAsync(this, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(HealLimit);
        await HealAsync(limit.Token);
    }
}
