using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Reporting;

namespace Validation.Cli.Composition;

/// <summary>Judges a run directory and writes its reports. Needs nothing but the directory, so it can be done anywhere and again.</summary>
internal static class RunReports
{
    /// <summary>Judges a run and writes <c>result.json</c>.</summary>
    /// <param name="directory">The run's folder.</param>
    /// <param name="shownAs">The folder, as the reader of the reports would type it.</param>
    /// <param name="invariants">The invariants that the harness knows.</param>
    public static JudgedRun Judge(RunDirectory directory, string shownAs, IEnumerable<IInvariant> invariants) =>
        Judge(directory, shownAs, RunRecording.Read(directory), invariants);

    /// <summary>Judges a recording and writes <c>result.json</c>.</summary>
    /// <param name="directory">The run's folder.</param>
    /// <param name="shownAs">The folder, as the reader of the reports would type it.</param>
    /// <param name="recording">The recording; its plan may have other objectives than the one in the folder.</param>
    /// <param name="invariants">The invariants that the harness knows.</param>
    public static JudgedRun Judge(RunDirectory directory, string shownAs, RunRecording recording, IEnumerable<IInvariant> invariants)
    {
        var result = Core.Judging.Judge.Of(recording, invariants);
        HarnessJson.Write(directory.Result, result);
        return new JudgedRun(recording, result, shownAs);
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
}
