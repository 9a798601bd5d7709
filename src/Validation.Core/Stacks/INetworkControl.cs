namespace Validation.Core.Stacks;

/// <summary>One direction between two nodes.</summary>
/// <param name="From">The node that sends.</param>
/// <param name="To">The node that should receive.</param>
public readonly record struct Link(INode From, INode To)
{
    /// <inheritdoc/>
    public override string ToString() => $"{From.Name} → {To.Name}";
}

/// <summary>Packets that the network dropped on one link.</summary>
/// <param name="Link">The link.</param>
/// <param name="Packets">Packets dropped since the cut began.</param>
public sealed record DroppedPackets(Link Link, long Packets);

/// <summary>A stack in whose network links can be cut and tried.</summary>
public interface INetworkControl
{
    /// <summary>Drops every packet on the links until the cut is healed, or until its lease runs out.</summary>
    /// <remarks>
    /// The kernel holds the lease: when the harness dies or stalls, the links heal by themselves. A lapsed lease is
    /// remembered by the cut, because a fault that ended early proves nothing.
    /// </remarks>
    /// <param name="links">The links; each is cut in its own direction only.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays cut.</param>
    Task<INetworkCut> CutAsync(IReadOnlyCollection<Link> links, CancellationToken cancellationToken);

    /// <summary>Sends datagrams from one node to the other and tells whether at least one arrived.</summary>
    /// <param name="link">The link to try.</param>
    /// <param name="cancellationToken">Ends the probe.</param>
    Task<bool> ProbeAsync(Link link, CancellationToken cancellationToken);

    /// <summary>Tells whether datagrams arrive by another way than the one that cuts are about, which somebody else has laid.</summary>
    /// <param name="link">The link to try.</param>
    /// <param name="cancellationToken">Ends the probe.</param>
    /// <returns>False by default, for environments that refuse to cut where there are such ways.</returns>
    Task<bool> ProbeAsideAsync(Link link, CancellationToken cancellationToken) => Task.FromResult(false);
}

/// <summary>Links that are cut. Disposing heals them.</summary>
public interface INetworkCut : IAsyncDisposable
{
    /// <summary>Gets the links that are cut.</summary>
    IReadOnlyCollection<Link> Links { get; }

    /// <summary>Gets why the cut can no longer be trusted (its lease lapsed, its rule is gone); null while it holds.</summary>
    string? Broken { get; }

    /// <summary>Gets whether the dropped packets are counted.</summary>
    /// <value>True by default. False where others than the harness drop them; datagrams that do not arrive are the only proof then.</value>
    bool CountsPackets => true;

    /// <summary>Reads the kernel's counters.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>One row for each link that the kernel has in its list of cut links at this moment, also with zero packets; none when packets are not counted.</returns>
    Task<IReadOnlyList<DroppedPackets>> ReadCountersAsync(CancellationToken cancellationToken);

    /// <summary>Heals the links. A second call does nothing.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task HealAsync(CancellationToken cancellationToken);
}
