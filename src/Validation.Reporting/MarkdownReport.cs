using System.Globalization;
using System.Text;
using Validation.Core;
using Validation.Core.Judging;
using Validation.Reporting.Digest;

namespace Validation.Reporting;

/// <summary>The report for pull requests, chats and terminals: GitHub-flavoured Markdown.</summary>
public static class MarkdownReport
{
    /// <summary>Writes the report.</summary>
    /// <param name="run">The run.</param>
    public static string Write(JudgedRun run)
    {
        var text = new StringBuilder();
        WriteVerdict(text, run);
        WriteFindings(text, run);
        if (run.Repetitions.Count > 0)
        {
            WriteRepetitions(text, run);
        }
        else
        {
            WriteFaults(text, run);
            WriteFailures(text, run);
        }

        WriteStatistics(text, run);
        WriteCommands(text, run);
        return text.ToString();
    }

    private static void WriteVerdict(StringBuilder text, JudgedRun run)
    {
        var plan = run.Recording.Plan;
        var seed = plan.Seed.ToString(CultureInfo.InvariantCulture);
        Line(text, $"# {Wording.Sign(run.Result.Verdict)} {run.Result.Verdict.Word().ToUpperInvariant()}: {Plain(plan.Scenario)}\n");
        Line(text, $"> {Plain(plan.Question)}\n");
        Line(text, $"**{Plain(run.Result.Statement)}**\n");
        Line(text, $"Tested: **{Plain(run.Spire)}** in environment {Plain(plan.Environment)}, seed {seed},");
        Line(text, $"started: {Wording.Start(run)}, took {Duration.Format(run.Length)}.");
        if (run.SpireNote is { } note)
        {
            Line(text, $"{note}");
        }

        if (run.ExpectationNote is { } expectation)
        {
            Line(text, $"\n{Plain(expectation)}");
        }

        Line(text, string.Empty);
    }

    private static void WriteFindings(StringBuilder text, JudgedRun run)
    {
        Line(text, "## Findings\n");
        Row(text, "Verdict", "Kind", "Check", "Measured", "Limit", "Samples", "Window", "Statement");
        Row(text, "---", "---", "---", "---:", "---:", "---:", "---", "---");
        foreach (var finding in FindingGroups.Of(run.Result).SelectMany(group => group.Findings))
        {
            var word = $"{Wording.Sign(finding.Verdict)} {finding.Verdict.Word()}";
            Row(
                text,
                finding.Verdict == Verdict.Pass ? word : $"**{word}**{(run.IsAsExpected(finding) ? " as expected" : string.Empty)}",
                finding.Kind.ToString().ToLowerInvariant(),
                Cell(finding.Name),
                Cell(Wording.Measured(finding)),
                Cell(finding.Limit),
                Wording.Samples(finding),
                Cell(Wording.Describe(finding.Window)),
                Cell(Told(finding)));
        }

        Line(text, $"\n{Wording.IntervalNote}\n");
    }

    private static string Told(Finding finding) => finding.Statement
        + (finding.Repetitions is { } each ? $" In turn: {string.Join(", ", each)}." : string.Empty)
        + (finding.Hint is { } hint ? $" → {hint}" : string.Empty);

    private static void WriteRepetitions(StringBuilder text, JudgedRun run)
    {
        Line(text, "## Repetitions\n");
        Row(text, "Verdict", "Report", "Statement");
        Row(text, "---", "---", "---");
        foreach (var repetition in run.Repetitions)
        {
            Row(text, $"{Wording.Sign(repetition.Result.Verdict)} {repetition.Result.Verdict.Word()}", Cell($"{repetition.Directory}/report.md"), Cell(repetition.Result.Statement));
        }

        Line(text, string.Empty);
    }

    private static void WriteFaults(StringBuilder text, JudgedRun run)
    {
        var stories = FaultStory.Of(run.Recording);
        if (stories.Count == 0)
        {
            return;
        }

        Line(text, "## Faults\n");
        Row(text, "Fault", "Hit", "In force", "Proof", "Held", "Healed");
        Row(text, "---", "---", "---", "---", "---", "---");
        foreach (var story in stories)
        {
            Row(
                text,
                Cell(story.Plan.Name),
                Cell(Wording.Pairs(story.Targets)),
                story is { Injected: { } from, Healed: { } to } ? $"{Wording.Interval(from, to)} ({Duration.Format(to - from)})" : "not proven",
                Cell(story.InjectedProof ?? story.NotProven ?? "not proven"),
                Cell(story.HeldProof ?? "not proven"),
                Cell(story.HealedProof ?? (story.InjectedProof is null ? null : story.NotProven) ?? "not proven"));
        }

        Line(text, string.Empty);
    }

    private static void WriteFailures(StringBuilder text, JudgedRun run)
    {
        var classes = FailureClass.Of(run.Recording);
        Line(text, "## Failures\n");
        if (classes.Count == 0)
        {
            Line(text, "No operation failed.\n");
            return;
        }

        Row(text, "Load", "Class", "Operations", "Share", "Planned between", "Example");
        Row(text, "---", "---", "---:", "---:", "---", "---");
        foreach (var one in classes)
        {
            Row(
                text,
                Cell(one.Load),
                Cell(one.Name),
                Wording.Number(one.Count),
                Wording.Percent(one.Share),
                Wording.Interval(one.First, one.Last),
                Cell(one.Example));
        }

        Line(text, string.Empty);
    }

    private static void WriteStatistics(StringBuilder text, JudgedRun run)
    {
        Line(text, "## Statistics\n");
        Row(text, "Load", "Window", "Planned", "Succeeded", "p50", "p95", "p99", "Largest", "Failures");
        Row(text, "---", "---", "---:", "---:", "---:", "---:", "---:", "---:", "---");
        foreach (var load in run.Result.Statistics.GroupBy(statistics => statistics.Load))
        {
            foreach (var one in load)
            {
                Row(
                    text,
                    Cell(one.Load),
                    Cell(one.Window),
                    Wording.Number(one.Planned),
                    Wording.Availability(one),
                    Wording.Latency(one, one.Median),
                    Wording.Latency(one, one.P95),
                    Wording.Latency(one, one.P99),
                    Wording.Latency(one, one.Largest),
                    Cell(Wording.Failures(one.Failures)));
            }
        }

        Line(text, string.Empty);
    }

    // Indented code, because no text in it can end it.
    private static void WriteCommands(StringBuilder text, JudgedRun run)
    {
        Line(text, "## Again\n");
        foreach (var command in new[] { run.JudgeCommand, run.RunCommand })
        {
            Line(text, "    " + Wording.Printable(command).Replace('\n', ' '));
        }
    }

    // Files are the same on every machine: line ends are never the platform's.
    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');

    private static void Row(StringBuilder text, params string[] cells) => Line(text, $"| {string.Join(" | ", cells)} |");

    private static string Cell(string? value) => Plain(value ?? string.Empty).Replace("|", "\\|", StringComparison.Ordinal);

    // What a server answered must stay text: no markup, no links, no mentions of people.
    private static string Plain(string value)
    {
        var plain = new StringBuilder();
        foreach (var letter in Wording.Printable(value))
        {
            _ = letter switch
            {
                '\n' => plain.Append(' '),
                '<' => plain.Append("&lt;"),
                '>' => plain.Append("&gt;"),
                '&' => plain.Append("&amp;"),
                '@' => plain.Append("&#64;"),
                '*' or '_' or '`' or '[' or ']' or '\\' or '~' or '#' => plain.Append('\\').Append(letter),
                _ => plain.Append(letter),
            };
        }

        return plain.ToString();
    }
}
