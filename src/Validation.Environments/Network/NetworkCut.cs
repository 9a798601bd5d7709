using Validation.Core.Stacks;

namespace Validation.Environments.Network;

/// <summary>Links that are cut, and what is known about the lease that keeps them so.</summary>
internal sealed class NetworkCut : INetworkCut
{
    private static readonly TimeSpan HealLimit = TimeSpan.FromSeconds(10);

    private readonly CutLeases _leases;
    private volatile string? _broken;

    /// <summary>Creates the cut.</summary>
    /// <param name="leases">Who renews it.</param>
    /// <param name="links">The links.</param>
    /// <param name="packetsBefore">What the kernel had counted on each pair when the cut began.</param>
    /// <param name="renewedAt">The timestamp before which its lease was not yet running.</param>
    public NetworkCut(
        CutLeases leases, IReadOnlyCollection<Link> links, IReadOnlyDictionary<AddressPair, long> packetsBefore, long renewedAt)
    {
        (_leases, Links, PacketsBefore, RenewedAt) = (leases, links, packetsBefore, renewedAt);
        Pairs = links.Select(AddressPair.Of).ToHashSet();
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<Link> Links { get; }

    /// <inheritdoc/>
    public string? Broken => _broken;

    /// <summary>Gets the pairs of addresses of the links.</summary>
    public IReadOnlySet<AddressPair> Pairs { get; }

    /// <summary>Gets what the kernel had counted on each pair when the cut began; another cut may have counted there before.</summary>
    public IReadOnlyDictionary<AddressPair, long> PacketsBefore { get; }

    /// <summary>Gets the timestamp taken before the lease was last renewed.</summary>
    public long RenewedAt { get; set; }

    /// <summary>Remembers why the cut can no longer be trusted. The first reason stays.</summary>
    /// <param name="reason">Why.</param>
    public void Break(string reason) => _broken ??= reason;

    /// <inheritdoc/>
    public Task<IReadOnlyList<DroppedPackets>> ReadCountersAsync(CancellationToken cancellationToken) =>
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
