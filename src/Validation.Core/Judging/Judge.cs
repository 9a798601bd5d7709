using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Core.Judging;

/// <summary>Turns a recording into verdicts. A pure function: the same recording gives the same result on every machine.</summary>
public static class Judge
{
    /// <summary>Judges a run.</summary>
    /// <param name="recording">The recording.</param>
    /// <param name="invariants">The invariants that the harness knows.</param>
    public static RunResult Of(RunRecording recording, IEnumerable<IInvariant> invariants)
    {
        var windows = MeasuredWindows.Of(recording);
        var plan = recording.Plan;
        var findings = new List<Finding>();
        findings.AddRange(plan.Objectives.AsParallel().AsOrdered().Select(objective => ObjectiveJudge.Judge(objective, recording, windows)));
        findings.AddRange(JudgeInvariants(recording, invariants));
        findings.AddRange(plan.Faults.Select(fault => FaultJudge.Judge(fault, recording)));
        findings.AddRange(WorldJudge.Judge(recording));
        findings.AddRange(Enumerable.Range(0, plan.Loads.Count).AsParallel().AsOrdered().Select(load => GeneratorJudge.Judge((ushort)load, recording)));
        findings.AddRange(Enumerable.Range(1, plan.Workers ?? 0).Select(worker => WorkerJudge.Judge(worker, recording)));
        findings.AddRange(HealthJudge.Judge(recording));
        findings.Add(JudgeRun(recording));

        var (verdict, statement) = Expectation.Apply(plan.Expect, findings);
        return new RunResult
        {
            Verdict = verdict,
            Statement = statement,
            Findings = findings,
            Windows = windows.All,
            Statistics =
            [
                .. windows.All
                    .SelectMany(window => plan.Loads.Select((_, load) => (Window: window, Load: (ushort)load)))
                    .AsParallel().AsOrdered()
                    .Select(part => LoadStatistics.Of(recording, part.Load, part.Window)),
            ],
        };
    }

    private static IEnumerable<Finding> JudgeInvariants(RunRecording recording, IEnumerable<IInvariant> invariants)
    {
        var known = invariants.ToDictionary(invariant => invariant.Name);
        foreach (var name in recording.Plan.Invariants)
        {
            yield return known.TryGetValue(name, out var invariant)
                ? JudgeSafely(invariant, recording)
                : InvariantFinding(name, "This version of the harness does not know the invariant.");
        }
    }

    private static Finding JudgeSafely(IInvariant invariant, RunRecording recording)
    {
        try
        {
            return invariant.Judge(recording);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A check that crashed has not checked anything.
            return InvariantFinding(invariant.Name, $"The check itself crashed: {error.GetType().Name}: {error.Message}");
        }
    }

    private static Finding InvariantFinding(string name, string statement) => new()
    {
        Kind = FindingKind.Invariant,
        Name = name,
        Verdict = Verdict.Inconclusive,
        Statement = statement,
    };

    private static Finding JudgeRun(RunRecording recording)
    {
        var troubles = recording.Facts<Trouble>().Select(fact => $"{fact.Fact.Part}: {fact.Fact.Message}").ToArray();
        var ended = recording.Facts<RunEnded>().Any();
        var aborted = recording.Facts<RunAborted>().Select(fact => fact.Fact.Reason).FirstOrDefault();
        return new Finding
        {
            Kind = FindingKind.Run,
            Name = "completeness",
            Verdict = ended && aborted is null && troubles.Length == 0 ? Verdict.Pass : Verdict.Inconclusive,
            Statement = (ended, troubles.Length) switch
            {
                (false, _) => "The run was cut short: its recording has no end.",
                _ when aborted is not null => $"The harness ended the run before its time. {aborted}",
                (true, 0) => "The run came to its end and the harness had no trouble.",
                _ => "The harness had trouble: " + string.Join("; ", troubles.Distinct()),
            },
        };
    }
}
