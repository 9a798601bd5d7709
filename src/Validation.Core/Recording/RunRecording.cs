using Validation.Core.Judging;
using Validation.Core.Loads;
using Validation.Core.Running;

namespace Validation.Core.Recording;

/// <summary>Everything that was recorded of a run. Verdicts and reports are functions of this alone.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Events">The events, in the order in which they happened.</param>
/// <param name="Samples">The operations.</param>
/// <param name="Svids">The SVIDs that were received.</param>
/// <param name="Environment">The machine, the programs and their versions.</param>
public sealed record RunRecording(
    Plan Plan,
    IReadOnlyList<RunEvent> Events,
    SampleSet Samples,
    IReadOnlyList<IssuedSvid> Svids,
    IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Reads the recording of a run.</summary>
    /// <param name="directory">The run's folder.</param>
    /// <exception cref="HarnessException">A file is missing or damaged.</exception>
    public static RunRecording Read(RunDirectory directory) => new(
        ReadPlan(directory.Plan),
        directory.Events.Exists ? EventLog.Read(directory.Events) : [],
        directory.Samples.Exists ? SampleFile.Read(directory.Samples) : new SampleSet([], new Dictionary<ushort, string>()),
        directory.Svids.Exists ? SvidFile.Read(directory.Svids) : [],
        directory.EnvironmentFacts.Exists
            ? HarnessJson.Read<Dictionary<string, string>>(directory.EnvironmentFacts)
            : new Dictionary<string, string>());

    private static Plan ReadPlan(FileInfo file)
    {
        var plan = HarnessJson.Read<Plan>(file);
        return plan.Objectives.FirstOrDefault(objective => plan.Loads.All(load => load.Name != objective.Load)) is not { } lost
            ? plan
            : throw new HarnessException(
                ExitCode.InvalidInput,
                $"{file.FullName}: objective '{lost.Name}' is about '{lost.Load}', which is no load.{NearestWord.Suggestion(lost.Load, [.. plan.Loads.Select(load => load.Name)])} Allowed is {string.Join(", ", plan.Loads.Select(load => load.Name))}.");
    }

    private readonly Lock _ordering = new();
    private Sample[][]? _byLoad;

    // A copy with other samples must not look into those of the original. Initialisers of fields are not for copies.
    private RunRecording(RunRecording original) =>
        (Plan, Events, Samples, Svids, Environment, _ordering) = (original.Plan, original.Events, original.Samples, original.Svids, original.Environment, new Lock());

    /// <summary>Gets when measuring began: with the first operation, or when the warm-up was over.</summary>
    /// <value>Null for a run that never got that far.</value>
    public TimeSpan? MeasuredFrom => Plan.WarmUp > TimeSpan.Zero ? FirstOf<WarmUpEnded>() : FirstOf<LoadsStarted>();

    /// <summary>Returns the operations of one load, in the order of their planned instants, without those of the warm-up.</summary>
    /// <remarks>Those of one instant are in the order in which they ended, so that it does not matter who wrote them down first.</remarks>
    /// <param name="load">The load's index in the plan.</param>
    public IReadOnlyList<Sample> SamplesOf(ushort load) => Ordered(load);

    /// <summary>Returns the operations of one load that were planned in a window, in the same order and without copying them.</summary>
    /// <param name="load">The load's index in the plan.</param>
    /// <param name="window">The window.</param>
    public IReadOnlyList<Sample> SamplesIn(ushort load, Window window)
    {
        var samples = Ordered(load);
        var first = FirstAt(samples, (long)window.From.TotalNanoseconds);
        return new ArraySegment<Sample>(samples, first, Math.Max(0, FirstAt(samples, (long)window.To.TotalNanoseconds) - first));
    }

    /// <summary>Returns whether nobody knows how an operation ended, because its worker was lost.</summary>
    /// <param name="sample">The operation.</param>
    public bool IsWorkerLost(in Sample sample) =>
        sample.FiredNs == Sample.Never && !sample.Succeeded && Samples.Failures.GetValueOrDefault(sample.Outcome) == Outcome.WorkerLost;

    /// <summary>Returns the facts of one kind with their times, in order.</summary>
    /// <typeparam name="T">The kind of fact.</typeparam>
    public IEnumerable<(TimeSpan At, T Fact)> Facts<T>()
        where T : Fact => Events.Where(happened => happened.Fact is T).Select(happened => (happened.At, (T)happened.Fact));

    private Sample[] Ordered(ushort load)
    {
        lock (_ordering)
        {
            _byLoad ??= ByLoad();
        }

        return load < _byLoad.Length ? _byLoad[load] : [];
    }

    private Sample[][] ByLoad()
    {
        var warmNs = (Plan.WarmUp > TimeSpan.Zero ? MeasuredFrom ?? TimeSpan.MaxValue : TimeSpan.Zero).TotalNanoseconds;
        var loads = Plan.Loads.Select(_ => new List<Sample>()).ToArray();
        foreach (var sample in Samples.Samples)
        {
            if (sample.PlannedNs >= warmNs && sample.Load < loads.Length)
            {
                loads[sample.Load].Add(sample);
            }
        }

        return [.. loads.AsParallel().AsOrdered().Select(InOrder)];
    }

    private static int FirstAt(Sample[] byPlanned, long plannedNs)
    {
        var (low, high) = (0, byPlanned.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = byPlanned[middle].PlannedNs < plannedNs ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static Sample[] InOrder(List<Sample> samples)
    {
        var ordered = samples.ToArray();
        var planned = Array.ConvertAll(ordered, sample => sample.PlannedNs);
        Array.Sort(planned, ordered);
        for (var first = 0; first < ordered.Length;)
        {
            var end = first + 1;
            while (end < ordered.Length && planned[end] == planned[first])
            {
                end++;
            }

            // Bursts: sorting by two keys at once would be several times slower for everybody else.
            if (end > first + 1)
            {
                ordered.AsSpan(first, end - first).Sort((one, other) => one.CompletedNs.CompareTo(other.CompletedNs));
            }

            first = end;
        }

        return ordered;
    }

    private TimeSpan? FirstOf<T>()
        where T : Fact => Facts<T>().Select(fact => (TimeSpan?)fact.At).FirstOrDefault();
}
