using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Core.Judging;

/// <summary>Judges one objective from the recording.</summary>
internal static class ObjectiveJudge
{
    /// <summary>Judges an objective.</summary>
    /// <param name="objective">The objective.</param>
    /// <param name="recording">The recording.</param>
    /// <param name="windows">The run's windows.</param>
    public static Finding Judge(ObjectiveSpec objective, RunRecording recording, MeasuredWindows windows)
    {
        if (windows.Find(objective.Window) is not { } window)
        {
            return Inconclusive(objective, null, null, $"The run has no window '{objective.Window}': it ended before, or a fault's edge was not proven.");
        }

        var load = recording.Plan.IndexOf(objective.Load);
        if (objective.Measure.Kind == MeasureKind.Balance)
        {
            return BalanceOf(objective, recording, load, window);
        }

        if (objective.Measure.Kind != MeasureKind.TimeToRecover)
        {
            return JudgeFairly(load, [(recording, recording.SamplesIn(load, window))], samples => Judge(objective, window, samples[0], [window]));
        }

        return SearchWindows(objective, recording, window) is [var first, ..] searches
            ? JudgeFairly(load, [(recording, recording.SamplesIn(load, first))], samples => Judge(objective, first, samples[0], searches))
            : Inconclusive(objective, window, null, $"Nothing to recover from: no fault was proven in '{objective.Window}'.");
    }

    /// <summary>Judges availability or a percentile over the operations of several repetitions; those of one repetition are one block.</summary>
    /// <param name="objective">The objective.</param>
    /// <param name="recordings">The repetitions.</param>
    /// <param name="finding">What is known of the finding already.</param>
    public static Finding JudgePooled(ObjectiveSpec objective, IReadOnlyList<RunRecording> recordings, Finding finding)
    {
        var load = recordings[0].Plan.IndexOf(objective.Load);
        var repetitions = new List<(RunRecording Recording, IReadOnlyList<Sample> Samples)>();
        foreach (var recording in recordings)
        {
            if (MeasuredWindows.Of(recording).Find(objective.Window) is not { } window)
            {
                return finding with { Statement = $"Not every repetition has a window '{objective.Window}': it ended before, or a fault's edge was not proven." };
            }

            repetitions.Add((recording, recording.SamplesIn(load, window)));
        }

        return JudgeFairly(load, repetitions, samples => JudgePool(objective, samples, finding));
    }

    /// <summary>Judges operations, and once more without those that the harness spoiled itself when the stack would be to blame.</summary>
    private static Finding JudgeFairly(
        ushort load, IReadOnlyList<(RunRecording Recording, IReadOnlyList<Sample> Samples)> runs, Func<IReadOnlyList<IReadOnlyList<Sample>>, Finding> judge)
    {
        var finding = judge([.. runs.Select(run => run.Samples)]);
        if (finding.Verdict != Verdict.Fail)
        {
            return finding.Verdict == Verdict.Pass && runs.Any(run => FiredOperations.Of(load, run.Recording).HardlyAsked(run.Samples))
                ? finding with
                {
                    Verdict = Verdict.Inconclusive,
                    Statement = $"{finding.Statement} But more than a tenth of these operations were fired late: the stack was hardly asked when it mattered.",
                    Hint = "Give the machine more processors, or run it again.",
                }
                : finding;
        }

        var spoiled = runs.Select(run => SpoiledOperations.Among(load, run.Recording, run.Samples)).ToArray();
        return !spoiled.Any(run => run.Any) || judge([.. spoiled.Select(run => run.Others)]).Verdict == Verdict.Fail
            ? finding
            : finding with
            {
                Verdict = Verdict.Inconclusive,
                Statement = $"{finding.Statement} But {SpoiledOperations.Describe(spoiled)}, and without them it does not fail.",
            };
    }

    private static Finding JudgePool(ObjectiveSpec objective, IReadOnlyList<IReadOnlyList<Sample>> repetitions, Finding finding)
    {
        var samples = repetitions.SelectMany(repetition => repetition).ToArray();
        var counted = Counted(objective, samples);
        return counted < objective.MinimumSamples
            ? finding with { Samples = counted, Statement = $"{counted} samples, {objective.MinimumSamples} needed." }
            : IntervalJudge.Judge(objective, samples, [.. repetitions.SelectMany((repetition, block) => repetition.Select(_ => block))], finding with { Samples = counted });
    }

    private static int Counted(ObjectiveSpec objective, IReadOnlyList<Sample> samples) =>
        objective.Measure.Kind == MeasureKind.Latency ? samples.Count(sample => sample.Succeeded) : samples.Count;

    private static Finding Judge(ObjectiveSpec objective, Window search, IReadOnlyList<Sample> samples, IReadOnlyList<Window> recoveries)
    {
        var counted = Counted(objective, samples);
        if (counted < objective.MinimumSamples)
        {
            return Inconclusive(objective, search, counted, $"{counted} samples, {objective.MinimumSamples} needed.") with
            {
                Hint = "Raise the load's arrivals or make the phase longer.",
            };
        }

        return objective.Measure.Kind switch
        {
            MeasureKind.Latency or MeasureKind.Availability => IntervalJudge.Judge(objective, samples, [.. samples.Select(search.BlockOf)], Base(objective, search, counted)),
            MeasureKind.LongestOutage => Decide(objective, search, counted, Outages.Longest(samples, search).TotalSeconds, "in one run"),
            _ => DecideRecovery(objective, recoveries, samples),
        };
    }

    /// <summary>Judges how evenly the load's SVIDs were signed. Each server signs with an authority of its own, so an SVID tells who signed it.</summary>
    private static Finding BalanceOf(ObjectiveSpec objective, RunRecording recording, ushort load, Window window)
    {
        var servers = recording.Plan.Nodes.Count(node => node.StartsWith(Roles.SpireServer + "-", StringComparison.Ordinal));
        var signed = recording.Svids
            .Where(svid => svid.Load == load && svid.AtNs >= window.From.TotalNanoseconds && svid.AtNs < window.To.TotalNanoseconds)
            .DistinctBy(svid => (svid.Issuer, svid.Serial))
            .GroupBy(svid => svid.Issuer)
            .Select(group => group.Count())
            .ToArray();
        var total = signed.Sum();
        return (total, signed.Length) switch
        {
            _ when total < objective.MinimumSamples => Inconclusive(objective, window, total, $"{total} SVIDs were received, {objective.MinimumSamples} needed."),
            _ when signed.Length > servers => Inconclusive(objective, window, total, $"{signed.Length} authorities signed for {servers} servers: nobody can tell which server two of them belong to."),
            _ => Decide(objective, window, total, signed.Max() * (double)servers / total, $"over {servers} servers"),
        };
    }

    /// <summary>Judges the longest of the recoveries; one that was not seen is longer than all others.</summary>
    private static Finding DecideRecovery(ObjectiveSpec objective, IReadOnlyList<Window> searches, IReadOnlyList<Sample> samples)
    {
        var recoveries = searches
            .Select(search => (Search: search, Time: Outages.TimeToRecover(samples.SkipWhile(sample => sample.PlannedNs < search.From.TotalNanoseconds), search, objective.Settle)))
            .ToArray();
        if (recoveries.FirstOrDefault(recovery => recovery.Time is null).Search is not { } unrecovered)
        {
            var longest = recoveries.MaxBy(recovery => recovery.Time);
            return Decide(
                objective, longest.Search, samples.Count, longest.Time!.Value.TotalSeconds, searches.Count == 1 ? "after one injection" : $"at the most after {searches.Count} injections");
        }

        // Censored: it takes longer than we looked. That decides the question only when we looked long enough.
        var observed = unrecovered.Length;
        return Base(objective, unrecovered, samples.Count) with
        {
            Verdict = observed.TotalSeconds > objective.Limit ? Verdict.Fail : Verdict.Inconclusive,
            Measured = "> " + Duration.Format(observed),
            Value = observed.TotalSeconds,
            IsCutShort = true,
            Statement = $"It did not recover while it was watched, {Duration.Format(observed)} after {(searches.Count == 1 ? "one injection" : $"one of {searches.Count} injections")}.",
            Hint = observed.TotalSeconds > objective.Limit ? null : "Make the phase longer than the limit.",
        };
    }

    /// <summary>
    /// From the proven edge of each injection, or of the last heal, to the next disturbance: the next phase with faults, or the end of the loads.
    /// </summary>
    private static Window[] SearchWindows(ObjectiveSpec objective, RunRecording recording, Window phaseWindow)
    {
        var faults = recording.Plan.Faults.Where(fault => fault.Phase == objective.Window.Phase).Select(fault => fault.Name).ToHashSet();
        var edges = objective.Since == RecoveryStart.Injection
            ? recording.Facts<FaultInjected>().Where(fact => faults.Contains(fact.Fact.Fault)).Select(fact => fact.At).Order()
            : recording.Facts<FaultHealed>().Where(fact => faults.Contains(fact.Fact.Fault)).Select(fact => fact.At).OrderDescending().Take(1);
        return [.. edges.Select(edge => phaseWindow with { From = edge, To = EndOfSearch(recording, edge, faults) ?? phaseWindow.To })];
    }

    private static TimeSpan? EndOfSearch(RunRecording recording, TimeSpan edge, HashSet<string> faults)
    {
        var next = recording.Facts<FaultInjecting>().Where(fact => fact.At > edge && !faults.Contains(fact.Fact.Fault)).Select(fact => (TimeSpan?)fact.At).FirstOrDefault();
        var end = recording.Facts<PhaseEnded>().Select(fact => (TimeSpan?)fact.At).LastOrDefault();
        return end is null || next < end ? next ?? end : end;
    }

    private static Finding Decide(ObjectiveSpec objective, Window window, int samples, double measured, string observation) =>
        Base(objective, window, samples) with
        {
            Verdict = measured <= objective.Limit ? Verdict.Pass : Verdict.Fail,
            Measured = objective.Measure.FormatBeside(measured, objective.Limit),
            Value = measured,
            Statement = $"{objective.Measure.Name} of '{objective.Load}' is {objective.Measure.FormatBeside(measured, objective.Limit)} {observation}, limit {objective.LimitText()}.",
        };

    private static Finding Inconclusive(ObjectiveSpec objective, Window? window, int? samples, string why) =>
        Base(objective, window, samples) with { Verdict = Verdict.Inconclusive, Statement = why };

    private static Finding Base(ObjectiveSpec objective, Window? window, int? samples) => new()
    {
        Kind = FindingKind.Objective,
        Name = objective.Name,
        Verdict = Verdict.Inconclusive,
        Statement = string.Empty,
        Limit = objective.LimitText(),
        Samples = samples,
        Window = window,
    };
}
