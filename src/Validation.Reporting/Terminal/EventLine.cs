using Spectre.Console;
using Validation.Core;
using Validation.Core.Running;
using Validation.Core.Stacks;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Terminal;

/// <summary>Says in one line what an event means to somebody who watches a run.</summary>
internal static class EventLine
{
    /// <summary>Returns the line; null for events that only the judge needs.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="plan">The plan.</param>
    public static Line? Of(RunEvent happened, Plan plan)
    {
        var (text, style) = Describe(happened.Fact, plan);
        return text is null ? null : new Line().Add($"{Wording.Moment(happened.At),8}  ", Styles.Soft).Add(text, style);
    }

    private static (string? Text, Style Style) Describe(Fact fact, Plan plan) => fact switch
    {
        StackReady ready => ($"the stack is ready after {Duration.Format(ready.Took)}", Style.Plain),
        LoadsStarted when plan.WarmUp > TimeSpan.Zero => ($"warming up, {Duration.Format(plan.WarmUp)}", Styles.Strong),
        PhaseStarted started => (PhaseText(started.Phase, plan), Styles.Strong),
        FaultInjecting injecting => ($"injecting {injecting.Fault}{Targets(injecting)}", Styles.Fault),
        FaultInjected injected => ($"in force {injected.Fault}: {injected.Proof}", Styles.Fault),
        FaultHealed healed => ($"healed {healed.Fault}: {healed.Proof}", Styles.Fault),
        FaultNotProven refuted => ($"not proven to be {refuted.Stage}: {refuted.Fault}: {refuted.Reason}", Styles.Of(Verdict.Inconclusive)),
        FaultCancelled cancelled => ($"taken back {cancelled.Fault}, because the run ends", Styles.Fault),
        WorldCompared { Differences.Count: > 0 } compared => ($"left unclean: {compared.Differences[0].Thing}{(compared.Differences.Count > 1 ? $" and {compared.Differences.Count - 1} more" : string.Empty)}", Styles.Of(Verdict.Fail)),
        NodeChanged { State: NodeState.Starting, Restarts: > 0 } changed => ($"{changed.Node} starts again, restart {changed.Restarts}", Style.Plain),
        DatabaseRoleChanged { To: DatabaseRole.Primary } changed => ($"{changed.Node} is the database's primary{Timeline(changed)}", Style.Plain),
        DatabaseWriteGap gap => ($"the database took no writes for {Duration.Format(gap.To - gap.From)}", Style.Plain),
        RunAborted aborted => ($"the run ends early: {aborted.Reason}", Styles.Strong),
        FailureSeen seen => ($"{seen.Load} fails for the first time with {seen.Failure}: {seen.Detail}", Style.Plain),
        WorkerReady ready => ($"worker {ready.Worker} is ready on {ready.Host}, its clock known to ± {Duration.Format(ready.Uncertainty)}", Style.Plain),
        WorkerLost lost => ($"worker {lost.Worker} is lost: {lost.Reason}", Styles.Of(Verdict.Inconclusive)),
        Trouble trouble => ($"trouble in the harness: {trouble.Part}: {trouble.Message}", Styles.Of(Verdict.Inconclusive)),
        LoadsStopped => ("the loads have stopped", Style.Plain),
        _ => (null, Style.Plain),
    };

    private static string PhaseText(string phase, Plan plan) =>
        plan.Phases.FirstOrDefault(planned => planned.Name == phase) is { } found ? $"phase {phase}, {Duration.Format(found.Length)}" : $"phase {phase}";

    private static string Targets(FaultInjecting injecting)
    {
        var targets = injecting.Targets.Select(target => $"{target.Key} {string.Join(" and ", target.Value)}").ToArray();
        return targets.Length == 0 ? string.Empty : ": " + string.Join(", ", targets);
    }

    private static string Timeline(DatabaseRoleChanged changed) => changed.TimelineAfter is { } timeline ? $", timeline {timeline}" : string.Empty;
}
