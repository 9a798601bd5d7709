namespace Validation.Core.Stacks;

/// <summary>A stack whose links can be made worse without being cut, and measured.</summary>
public interface ILinkImpairment
{
    /// <summary>Makes what <see cref="ImpairAsync"/> needs, so that the next impairment begins at once. Nothing is impaired.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task PrepareImpairingAsync(CancellationToken cancellationToken);

    /// <summary>Impairs traffic until it is healed, or until the lease runs out that the kernel holds.</summary>
    /// <remarks>Traffic that is impaired already goes through one impairment after the other.</remarks>
    /// <param name="traffic">The traffic; each link in its own direction only.</param>
    /// <param name="impairment">What is done to it.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays impaired.</param>
    Task<IImpairedTraffic> ImpairAsync(IReadOnlyCollection<Traffic> traffic, Impairment impairment, CancellationToken cancellationToken);

    /// <summary>Answers TCP packets with a reset to their sender, instead of passing them on, until it is healed or the lease runs out.</summary>
    /// <param name="traffic">The traffic; each link in its own direction only.</param>
    /// <param name="packets">Which packets.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays impaired.</param>
    Task<IImpairedTraffic> ResetAsync(IReadOnlyCollection<Traffic> traffic, TcpPackets packets, CancellationToken cancellationToken);

    /// <summary>Sends datagrams from one node to the other, as this traffic, and tells what arrived.</summary>
    /// <param name="traffic">The traffic.</param>
    /// <param name="series">The datagrams.</param>
    /// <param name="cancellationToken">Ends the measurement.</param>
    Task<DatagramArrivals> SendAsync(Traffic traffic, DatagramSeries series, CancellationToken cancellationToken);

    /// <summary>Opens a TCP connection from one node to the other, as this traffic, sends a byte and tells what came of it.</summary>
    /// <param name="traffic">The traffic. With a port the node's own service is called, else somebody who is there for this alone.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    Task<ConnectionOutcome> TryConnectionAsync(Traffic traffic, CancellationToken cancellationToken);

    /// <summary>Opens a TCP connection between the nodes, as this traffic, closes it at the node that sends and measures when the other one sees that.</summary>
    /// <param name="traffic">The traffic.</param>
    /// <param name="patience">How long the end is waited for.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Null when no connection was opened, or its end not seen in time.</returns>
    Task<TimeSpan?> MeasureCloseAsync(Traffic traffic, TimeSpan patience, CancellationToken cancellationToken);
}

/// <summary>Traffic that is impaired. Disposing heals it.</summary>
public interface IImpairedTraffic : IAsyncDisposable
{
    /// <summary>Gets why the impairment can no longer be trusted (its lease lapsed, its rule is gone, who impairs has ended); null while it holds.</summary>
    string? Broken { get; }

    /// <summary>Reads what was done so far.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>One row for each traffic that is impaired at this moment, also with zero packets.</returns>
    Task<IReadOnlyList<TrafficCount>> ReadCountersAsync(CancellationToken cancellationToken);

    /// <summary>Heals the traffic. Packets that are held back still arrive when they are due. A second call does nothing.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    Task HealAsync(CancellationToken cancellationToken);
}

/// <summary>Which TCP packets are meant.</summary>
public enum TcpPackets
{
    /// <summary>Those that ask for a new connection.</summary>
    Opening,

    /// <summary>All others: those of connections that are open.</summary>
    Open,
}

/// <summary>What came of a TCP connection.</summary>
public enum ConnectionOutcome
{
    /// <summary>It was opened, and the byte was taken.</summary>
    Works,

    /// <summary>It was refused.</summary>
    Refused,

    /// <summary>It was opened and then reset.</summary>
    Reset,

    /// <summary>Nobody answered in time.</summary>
    Silent,
}
