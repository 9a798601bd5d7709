using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Makes the links between the targets and other nodes as slow as a line of a given speed.</summary>
internal sealed class Bandwidth : DatagramFault
{
    private const int Headers = 28, Smallest = 24, Largest = 1_400, Word = 8, DatagramsWanted = 20, FewestArrivals = 3;
    private const double SlowerTolerated = 0.9, FasterTolerated = 1.1;
    private static readonly TimeSpan LongestBurst = TimeSpan.FromMilliseconds(300);

    private static readonly Parameter<BitRate> Rate = Parameters.Speed(
        "rate", "How fast each link is in its direction, counted from the IP header on.", new BitRate(128e3), new BitRate(100e6));

    private static readonly Parameter<TimeSpan> Queue = Parameters.Duration(
        "queue", "How long a packet waits at most for the line; one that would wait longer is dropped.",
        TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(200));

    public Bandwidth() => Kind = Describe(
        "bandwidth",
        "Each link between the targets and other nodes is a line of limited speed with a queue of limited length.",
        "In force when a burst of datagrams arrives at that speed, give or take a tenth.",
        Rate,
        Queue);

    /// <inheritdoc/>
    public override FaultKind Kind { get; }

    /// <inheritdoc/>
    protected override Impairment ImpairmentOf(FaultOrder order) => new() { Bandwidth = order.Get(Rate), Queue = order.Get(Queue) };

    /// <inheritdoc/>
    protected override DatagramSeries SeriesOf(FaultOrder order)
    {
        // A burst that the line needs most of its queue's time for, so that it is neither over at once nor cut short.
        var burst = TimeSpan.FromTicks(Math.Min(order.Get(Queue).Ticks * 9 / 10, LongestBurst.Ticks));
        var bytes = order.Get(Rate).BytesPerSecond * burst.TotalSeconds;
        var size = Math.Clamp((int)(bytes / DatagramsWanted) - Headers, Smallest, Largest) / Word * Word;
        var count = (int)(bytes / (size + Headers));
        return new DatagramSeries { Count = count, AtOnce = count, Every = burst, Bytes = size, Patience = burst + TimeSpan.FromMilliseconds(200) };
    }

    /// <inheritdoc/>
    protected override string? HarmOf(FaultOrder order, DatagramArrivals before, DatagramArrivals now) =>
        now.Delays.Count < FewestArrivals ? $"only {now.Delays.Count} of {now.Sent} datagrams arrive"
        : SpeedOf(now) is var speed && speed.BitsPerSecond <= order.Get(Rate).BitsPerSecond * FasterTolerated ? $"datagrams arrive at {speed} only"
        : null;

    /// <inheritdoc/>
    protected override (bool Shows, string Seen) Judge(FaultOrder order, DatagramArrivals before, DatagramArrivals now)
    {
        if (now.Delays.Count < FewestArrivals)
        {
            return (false, $"only {now.Delays.Count} of {now.Sent} datagrams arrive");
        }

        var share = SpeedOf(now).BitsPerSecond / order.Get(Rate).BitsPerSecond;
        return (share is >= SlowerTolerated and <= FasterTolerated, $"{SpeedOf(now)} ({now.Delays.Count} of {now.Sent} datagrams, before {SpeedOf(before)})");
    }

    // The first one only begins the measurement.
    private static BitRate SpeedOf(DatagramArrivals arrivals) =>
        new((arrivals.Delays.Count - 1) * arrivals.PacketBytes * 8 / Math.Max(arrivals.Spread.TotalSeconds, 1e-6));
}
