using System.Globalization;
using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Statistics;

namespace Validation.Faults;

/// <summary>A fault of links that is seen by what becomes of datagrams.</summary>
internal abstract class DatagramFault : LinkFault<DatagramArrivals>
{
    // What the harness itself may add on a machine that has other things to do.
    private protected static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(5);

    // A sender that the kernel moves to another processor may overtake itself.
    private const int OvertakenAnyway = 2;

    private const double Confidence = 0.995;
    private const int EventsWanted = 10, FewestDatagrams = 100, MostDatagrams = 1_000;

    /// <inheritdoc/>
    protected override Parameter<Direction> Direction { get; } = Parameters.Choice(
        "direction", "Which way packets are impaired; from-target are those that the targets send.", Faults.Direction.BothWays);

    /// <summary>Returns what is done to packets.</summary>
    protected abstract Impairment ImpairmentOf(FaultOrder order);

    /// <summary>Returns the datagrams by which it is seen.</summary>
    protected abstract DatagramSeries SeriesOf(FaultOrder order);

    /// <inheritdoc/>
    protected override Task<IImpairedTraffic> BeginAsync(
        ILinkImpairment network, FaultOrder order, IReadOnlyCollection<Traffic> traffic, CancellationToken cancellationToken) =>
        network.ImpairAsync(traffic, ImpairmentOf(order) with { Seed = order.Seed }, cancellationToken);

    /// <inheritdoc/>
    protected override Task<DatagramArrivals> TryAsync(ILinkImpairment network, FaultOrder order, Traffic traffic, CancellationToken cancellationToken) =>
        network.SendAsync(traffic, SeriesOf(order), cancellationToken);

    /// <inheritdoc/>
    protected override string? HarmOf(FaultOrder order, DatagramArrivals before, DatagramArrivals now) => now switch
    {
        { Lost: > 0 } => $"{now.Lost} of {now.Sent} datagrams were lost",
        { Duplicated: > 0 } => $"{now.Duplicated} of {now.Sent} datagrams arrived twice",
        { Corrupted: > 0 } => $"{now.Corrupted} of {now.Sent} datagrams were changed",
        { Overtaken: > OvertakenAnyway } => $"{now.Overtaken} of {now.Sent} datagrams were overtaken",
        _ when now.Median > before.Median + Tolerance => $"datagrams take {Duration.Format(now.Median)}, before {Duration.Format(before.Median)}",
        _ => null,
    };

    /// <summary>Makes the parameter for a share of packets.</summary>
    /// <param name="summary">Of which packets.</param>
    protected static Parameter<double> ShareOf(string summary) => Parameters.Share("share", summary, minimum: 0.01);

    /// <summary>Returns so many datagrams that a share shows among them.</summary>
    /// <param name="share">The share.</param>
    protected static DatagramSeries SeriesFor(double share) => new()
    {
        Count = Math.Clamp((int)Math.Ceiling(EventsWanted / share), FewestDatagrams, MostDatagrams),
        AtOnce = 10,
        Every = TimeSpan.FromMilliseconds(10),
    };

    /// <summary>Tells whether the ordered share lies within the exact bounds of what was seen.</summary>
    /// <param name="share">The share that was ordered.</param>
    /// <param name="events">How many datagrams it happened to.</param>
    /// <param name="sent">Among how many.</param>
    /// <param name="what">What happened to them.</param>
    protected static (bool Shows, string Seen) JudgeShare(double share, int events, int sent, string what)
    {
        var (lower, upper) = (BinomialBounds.Lower(events, sent, Confidence), BinomialBounds.Upper(events, sent, Confidence));
        return (
            events > 0 && lower <= share && share <= upper,
            string.Create(CultureInfo.InvariantCulture, $"{events} of {sent} datagrams {what} ({lower:P1} to {upper:P1})"));
    }
}
