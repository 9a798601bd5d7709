using System.Globalization;
using Spectre.Console;
using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Scenarios;
using Validation.Reporting.Digest;
using Validation.Reporting.Terminal;

namespace Validation.Reporting;

/// <summary>The summary that ends a run on a terminal: what went wrong and what to do first, then one line for each thing.</summary>
public static class ConsoleReport
{
    /// <summary>Writes the summary.</summary>
    /// <param name="console">The terminal; without colours when it is none.</param>
    /// <param name="run">The run.</param>
    public static void Write(IAnsiConsole console, JudgedRun run)
    {
        WriteVerdict(console, run);
        WriteFindings(console, run);
        if (run.Repetitions.Count > 0)
        {
            WriteRepetitions(console, run);
        }
        else
        {
            WriteLoads(console, run);
            WriteFaults(console, run);
            WriteHarness(console, run);
        }

        Say(console, new Line().Add("Report  ", Styles.Strong).Add($"{run.Directory.TrimEnd('/')}/report.html"));
        Say(console, new Line().Add("Judge   ", Styles.Strong).Add(run.JudgeCommand));
        Say(console, new Line().Add("Again   ", Styles.Strong).Add(run.RunCommand));
    }

    private static void WriteVerdict(IAnsiConsole console, JudgedRun run)
    {
        var verdict = run.Result.Verdict;
        var plan = run.Recording.Plan;
        Say(console, new Line()
            .Add($"{Wording.Sign(verdict)} {verdict.Word().ToUpperInvariant()}", Styles.Of(verdict))
            .Add($"  {plan.Scenario}", Styles.Strong));
        Say(console, new Line().Add($"  {run.Result.Statement}"));
        Say(console, new Line().Add($"  {plan.Question}", Styles.Soft));
        var seed = plan.Seed.ToString(CultureInfo.InvariantCulture);
        Say(console, new Line().Add($"  {run.Spire}, environment {plan.Environment}, seed {seed}, took {Duration.Format(run.Length)}", Styles.Soft));
        foreach (var note in new[] { run.SpireNote, run.ExpectationNote }.OfType<string>())
        {
            Say(console, new Line().Add($"  {note}", Styles.Soft));
        }

        Say(console, new Line());
    }

    private static void WriteFindings(IAnsiConsole console, JudgedRun run)
    {
        var findings = run.Result.Findings;
        var open = findings.Where(finding => finding.Verdict != Verdict.Pass).OrderByDescending(finding => finding.Verdict).ToArray();
        foreach (var finding in open)
        {
            WriteFinding(console, finding, run.IsAsExpected(finding));
        }

        var passed = findings.Count - open.Length;
        Say(console, new Line().Add($"  {Wording.Number(passed)} of {Wording.Number(findings.Count)} checks passed.", Styles.Soft));
        Say(console, new Line());
    }

    private static void WriteFinding(IAnsiConsole console, Finding finding, bool isExpected)
    {
        const string Indent = "                  ";
        Say(console, new Line()
            .Add($"  {Wording.Sign(finding.Verdict)} {finding.Verdict.Word(),-14}", Styles.Of(finding.Verdict))
            .Add(finding.Name, Styles.Strong)
            .Add($"  {finding.Kind.ToString().ToLowerInvariant()}{(isExpected ? ", as expected" : string.Empty)}", Styles.Soft));
        Say(console, new Line().Add(Indent + finding.Statement));
        if (Wording.Evidence(finding) is { Length: > 0 } evidence)
        {
            Say(console, new Line().Add(Indent + evidence, Styles.Soft));
        }

        if (finding.Hint is { } hint)
        {
            Say(console, new Line().Add($"{Indent}→ {hint}"));
        }
    }

    private static void WriteRepetitions(IAnsiConsole console, JudgedRun run)
    {
        Say(console, new Line().Add("Repetitions", Styles.Strong));
        foreach (var repetition in run.Repetitions)
        {
            Say(console, new Line()
                .Add($"  {Wording.Sign(repetition.Result.Verdict)} {repetition.Result.Verdict.Word(),-14}", Styles.Of(repetition.Result.Verdict))
                .Add($"{repetition.Directory}/report.html"));
        }

        Say(console, new Line());
    }

    private static void WriteLoads(IAnsiConsole console, JudgedRun run)
    {
        var whole = run.Result.Statistics.Where(statistics => statistics.Window == WindowName.WholeWord).ToArray();
        if (whole.Length == 0)
        {
            Say(console, new Line().Add("No load was fired."));
            Say(console, new Line());
            return;
        }

        Say(console, new Line().Add("Loads over the whole run", Styles.Strong));
        var width = whole.Max(statistics => statistics.Load.Length);
        foreach (var one in whole)
        {
            var failures = Wording.Failures(one.Failures);
            Say(console, new Line()
                .Add($"  {one.Load.PadRight(width)}  {Wording.Number(one.Planned),7} planned  {Wording.Availability(one),8} ok")
                .Add($"  p50 {Wording.Latency(one, one.Median),7}  p99 {Wording.Latency(one, one.P99),7}", Styles.Soft)
                .Add($"  largest {Wording.Latency(one, one.Largest),7}", Styles.Soft)
                .Add(failures.Length == 0 ? string.Empty : $"  {failures}", Styles.Of(Verdict.Fail)));
        }

        Say(console, new Line());
    }

    private static void WriteFaults(IAnsiConsole console, JudgedRun run)
    {
        var stories = FaultStory.Of(run.Recording);
        if (stories.Count == 0)
        {
            return;
        }

        Say(console, new Line().Add("Faults", Styles.Strong));
        var width = stories.Max(story => story.Label.Length);
        foreach (var story in stories)
        {
            var (interval, seen) = story is { Injected: { } from, Healed: { } to }
                ? ($"{Wording.Interval(from, to)} {Duration.Format(to - from),7}", story.InjectedProof)
                : ("not proven", story.NotProven ?? "The run ended before.");
            Say(console, new Line().Add($"  {story.Label.PadRight(width)}", Styles.Fault).Add($"  {interval,-23}  {seen}"));
        }

        Say(console, new Line());
    }

    private static void WriteHarness(IAnsiConsole console, JudgedRun run)
    {
        var processes = HealthSummary.Of(run.Recording);
        if (processes.Count == 0)
        {
            return;
        }

        // Workers may share a machine or not; what they may use is no sum.
        var used = string.Create(CultureInfo.InvariantCulture, $"{processes.Sum(process => process.ProcessorsUsed):0.0} processors");
        var busy = processes.Max(process => process.MachineBusy) is { } share
            ? string.Create(CultureInfo.InvariantCulture, $", {(processes.Count > 1 ? "the busiest machine" : "the machine")} {share:0%} busy")
            : string.Empty;
        Say(console, new Line()
            .Add("Harness ", Styles.Strong)
            .Add($"{used}{busy}, woken ≤ {Duration.Format(processes.Max(process => process.LargestWake))} late")
            .Add($", thread pool ≤ {Duration.Format(processes.Max(process => process.LargestHandOver))} late")
            .Add(string.Create(CultureInfo.InvariantCulture, $", paused {processes.Max(process => process.Paused):0.0%} of the time")));
    }

    private static void Say(IAnsiConsole console, Line line) => console.Write(line);
}
