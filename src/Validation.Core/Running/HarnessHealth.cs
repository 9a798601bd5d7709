using System.Text.Json.Serialization;
using Validation.Core.Judging;

namespace Validation.Core.Running;

/// <summary>How a process of the harness itself fared for some seconds. When it did not get what it needs, its numbers say nothing about the stack.</summary>
public sealed record HarnessHealth : Fact
{
    /// <summary>Gets which load worker it is, from 1; null for the process that runs the scenario.</summary>
    public int? Worker { get; init; }

    /// <summary>Gets the time that this is about; it ends with the event.</summary>
    [JsonPropertyName("overMs")]
    [JsonConverter(typeof(MillisecondsConverter))]
    public required TimeSpan Over { get; init; }

    /// <summary>Gets how late a sleeping thread was woken.</summary>
    public required Delays Wakes { get; init; }

    /// <summary>Gets how long the thread pool took to begin what it was given.</summary>
    public required Delays HandOvers { get; init; }

    /// <summary>Gets how much waited for the thread pool, at most.</summary>
    public required long LongestQueue { get; init; }

    /// <summary>Gets how many processors the process kept busy, in the mean.</summary>
    public required double ProcessorsUsed { get; init; }

    /// <summary>Gets how many processors it may use: those of the machine, or what a control group leaves of them.</summary>
    public required double ProcessorsAllowed { get; init; }

    /// <summary>Gets the share of all processors of its machine that was busy, for whomever, from 0 to 1; null when unknown.</summary>
    public double? MachineBusy { get; init; }

    /// <summary>Gets in how many scheduling periods its control group wanted processors.</summary>
    /// <value>0 where no control group limits them.</value>
    public long Periods { get; init; }

    /// <summary>Gets in how many of these the group got none for a while.</summary>
    public long ThrottledPeriods { get; init; }

    /// <summary>Gets for how long garbage collections stopped the process.</summary>
    [JsonPropertyName("pausedMs")]
    [JsonConverter(typeof(MillisecondsConverter))]
    public TimeSpan Paused { get; init; }

    /// <summary>Gets for how long those garbage collections did that stopped it for more than 10 ms.</summary>
    [JsonPropertyName("longPausedMs")]
    [JsonConverter(typeof(MillisecondsConverter))]
    public TimeSpan LongPaused { get; init; }

    /// <summary>Gets how many files and sockets the process has open.</summary>
    public long OpenFiles { get; init; }

    /// <summary>Gets how many it may have open; null when unknown.</summary>
    public long? OpenFilesAllowed { get; init; }

    /// <summary>Gets how many TCP sockets its network has in use or waiting to be forgotten.</summary>
    public long Sockets { get; init; }

    /// <summary>Gets how many ports there are for outgoing connections to one address; null when unknown.</summary>
    public long? Ports { get; init; }
}

/// <summary>Delays that were probed at even intervals.</summary>
/// <param name="Count">How many.</param>
/// <param name="Late">How many of them were longer than <see cref="LateAfter"/>.</param>
/// <param name="Median">The median.</param>
/// <param name="P99">The 99th percentile.</param>
/// <param name="Largest">The largest.</param>
public sealed record Delays(
    int Count,
    int Late,
    [property: JsonPropertyName("medianMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan Median,
    [property: JsonPropertyName("p99Ms"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan P99,
    [property: JsonPropertyName("largestMs"), JsonConverter(typeof(MillisecondsConverter))] TimeSpan Largest)
{
    /// <summary>How late an operation may be fired and still count as on time.</summary>
    public static readonly TimeSpan LateAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>Sums delays up.</summary>
    /// <param name="nanoseconds">The delays, in any order.</param>
    public static Delays Of(IEnumerable<long> nanoseconds)
    {
        var ascending = nanoseconds.Order().ToArray();
        return new Delays(
            ascending.Length,
            ascending.Count(delay => delay > LateAfter.TotalNanoseconds),
            Percentiles.At(ascending, 50),
            Percentiles.At(ascending, 99),
            Percentiles.At(ascending, 100));
    }
}
