using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Reporting;

namespace Validation.Cli.Composition;

/// <summary>Judges a run directory and writes its reports. Needs nothing but the directory, so it can be done anywhere and again.</summary>
internal static class RunReports
{
    /// <summary>Judges a run, with its repetitions when it has any, and writes <c>result.json</c>.</summary>
    /// <param name="directory">The run's folder.</param>
    /// <param name="shownAs">The folder, as the reader of the reports would type it.</param>
    /// <param name="choose">Says by what plan a recording is judged; it may have other objectives than the one in the folder.</param>
    /// <param name="invariants">The invariants that the harness knows.</param>
    public static JudgedRun Judge(RunDirectory directory, string shownAs, Func<Plan, Plan> choose, IReadOnlyList<IInvariant> invariants)
    {
        var run = directory.Repetitions.Count == 0
            ? JudgeOnce(directory, shownAs, choose, invariants)
            : JudgeRepetitions(directory, shownAs, choose, invariants);
        HarnessJson.Write(directory.Result, run.Result);
        return run;
    }

    /// <summary>Reads a run that was judged.</summary>
    /// <param name="directory">The run's folder.</param>
    /// <param name="shownAs">The folder, as the reader of the reports would type it.</param>
    public static JudgedRun Read(RunDirectory directory, string shownAs)
    {
        var result = HarnessJson.Read<RunResult>(directory.Result);
        return directory.Repetitions.Count == 0
            ? new JudgedRun(RunRecording.Read(directory), result, shownAs)
            : JudgedRun.OfRepetitions(
                HarnessJson.Read<Plan>(directory.Plan), [.. directory.Repetitions.Select(repetition => Read(repetition, $"{shownAs}/{repetition.Root.Name}"))], result, shownAs);
    }

    /// <summary>Writes the reports of a run.</summary>
    /// <param name="directory">The run's folder.</param>
    /// <param name="run">The judged run.</param>
    public static void Write(RunDirectory directory, JudgedRun run)
    {
        HistogramLog.Write(directory.Slices, run.Recording);
        File.WriteAllText(directory.HtmlReport.FullName, HtmlReport.Write(run));
        File.WriteAllText(directory.MarkdownReport.FullName, MarkdownReport.Write(run));
        File.WriteAllText(directory.JUnitReport.FullName, JUnitReport.Write(run));
    }

    /// <summary>Returns a folder as the user would type it.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="home">The folder that reports are meant against.</param>
    public static string Shown(DirectoryInfo directory, DirectoryInfo home)
    {
        var relative = Path.GetRelativePath(home.FullName, directory.FullName);
        return relative.StartsWith("..", StringComparison.Ordinal) ? directory.FullName : relative;
    }

    private static JudgedRun JudgeOnce(RunDirectory directory, string shownAs, Func<Plan, Plan> choose, IReadOnlyList<IInvariant> invariants)
    {
        var recorded = RunRecording.Read(directory);
        var recording = recorded with { Plan = choose(recorded.Plan) };
        return new JudgedRun(recording, Core.Judging.Judge.Of(recording, invariants), shownAs);
    }

    private static JudgedRun JudgeRepetitions(RunDirectory directory, string shownAs, Func<Plan, Plan> choose, IReadOnlyList<IInvariant> invariants)
    {
        var each = new List<JudgedRun>();
        foreach (var repetition in directory.Repetitions)
        {
            var run = Judge(repetition, $"{shownAs}/{repetition.Root.Name}", choose, invariants);
            Write(repetition, run);
            each.Add(run);
        }

        var plan = choose(HarnessJson.Read<Plan>(directory.Plan));
        var result = RepetitionJudge.Of(plan, [.. each.Select(run => (run.Recording, run.Result))]);
        return JudgedRun.OfRepetitions(plan, each, result, shownAs);
    }
}
