using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Core.Judging;

/// <summary>How one process of the harness fared while operations were measured.</summary>
public sealed class HealthSummary
{
    private readonly HarnessHealth[] _facts;

    private HealthSummary(int? worker, HarnessHealth[] facts)
    {
        Process = worker is null ? "harness" : $"worker {worker}";
        _facts = facts;
    }

    /// <summary>Gets which process it is, as words.</summary>
    public string Process { get; }

    /// <summary>Gets how late a sleeping thread was woken at the most.</summary>
    public TimeSpan LargestWake => _facts.Max(fact => fact.Wakes.Largest);

    /// <summary>Gets the share of wakes that were later than an operation may be.</summary>
    public double LateWakes => Share(fact => fact.Wakes.Late, fact => fact.Wakes.Count);

    /// <summary>Gets how long the thread pool took at the most to begin what it was given.</summary>
    public TimeSpan LargestHandOver => _facts.Max(fact => fact.HandOvers.Largest);

    /// <summary>Gets the share of hand-overs to the thread pool that took longer than an operation may be late.</summary>
    public double LateHandOvers => Share(fact => fact.HandOvers.Late, fact => fact.HandOvers.Count);

    /// <summary>Gets how many processors it kept busy, in the mean.</summary>
    public double ProcessorsUsed => _facts.Average(fact => fact.ProcessorsUsed);

    /// <summary>Gets how many processors it may use.</summary>
    public double ProcessorsAllowed => _facts.Min(fact => fact.ProcessorsAllowed);

    /// <summary>Gets the share of its machine's processors that was busy, for whomever, in the mean; null when unknown.</summary>
    public double? MachineBusy => _facts.Average(fact => fact.MachineBusy);

    /// <summary>Gets the share of the time in which it used nearly all processors that it may use.</summary>
    public double Saturated => (double)_facts.Count(fact => fact.ProcessorsUsed >= HealthJudge.NearlyAll * fact.ProcessorsAllowed) / _facts.Length;

    /// <summary>Gets the share of scheduling periods in which its control group was held back.</summary>
    public double Throttled => Share(fact => fact.ThrottledPeriods, fact => fact.Periods);

    /// <summary>Gets the share of the time in which garbage collections stopped it.</summary>
    public double Paused => Share(fact => fact.Paused.TotalSeconds, fact => fact.Over.TotalSeconds);

    /// <summary>Gets the share of the time in which long garbage collections stopped it.</summary>
    public double LongPaused => Share(fact => fact.LongPaused.TotalSeconds, fact => fact.Over.TotalSeconds);

    /// <summary>Gets the largest share of its files, sockets or ports that was in use.</summary>
    public double SocketsUsed => _facts.Max(fact => Math.Max(Part(fact.OpenFiles, fact.OpenFilesAllowed), Part(fact.Sockets, fact.Ports)));

    /// <summary>Gets the most sockets and files that it had open.</summary>
    public long OpenFiles => _facts.Max(fact => fact.OpenFiles);

    /// <summary>Returns a summary for each process that was watched; none for recordings of a harness that did not watch itself.</summary>
    /// <param name="recording">The recording.</param>
    public static IReadOnlyList<HealthSummary> Of(RunRecording recording) =>
    [
        .. recording.Facts<HarnessHealth>()
            .Where(fact => fact.At - fact.Fact.Over >= recording.MeasuredFrom)
            .Select(fact => fact.Fact)
            .GroupBy(health => health.Worker)
            .OrderBy(process => process.Key)
            .Select(process => new HealthSummary(process.Key, [.. process])),
    ];

    private static double Part(long used, long? allowed) => allowed is > 0 ? (double)used / allowed.Value : 0;

    private double Share(Func<HarnessHealth, double> part, Func<HarnessHealth, double> whole) =>
        _facts.Sum(whole) is > 0 and var sum ? _facts.Sum(part) / sum : 0;
}
