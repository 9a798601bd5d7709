using Spectre.Console;
using Validation.Core;
using Validation.Core.Capacity;
using Validation.Reporting.Digest;
using Validation.Reporting.Terminal;

namespace Validation.Reporting.Capacities;

/// <summary>Shows a search for a capacity on a terminal: each level when it is measured, and the answer at the end.</summary>
public static class CapacityConsole
{
    /// <summary>Shows what is searched for.</summary>
    /// <param name="console">The terminal.</param>
    /// <param name="question">The question.</param>
    public static void Begin(IAnsiConsole console, CapacityQuestion question)
    {
        console.Write(new Line().Add($"Searching for the highest rate of '{question.Load}', from {question.Lowest}, that meets {string.Join(", ", question.Objectives)}.", Styles.Strong));
        if (question.LeftOut.Count > 0)
        {
            console.Write(new Line().Add($"  Not judged here: {string.Join(", ", question.LeftOut)}.", Styles.Soft));
        }

        console.Write(new Line().Add($"  {CapacityWording.FaultsNote}", Styles.Soft));
    }

    /// <summary>Shows a level.</summary>
    /// <param name="console">The terminal.</param>
    /// <param name="level">The level.</param>
    public static void Show(IAnsiConsole console, CapacityLevel level)
    {
        var cells = CapacityWording.Cells(level);
        console.Write(new Line()
            .Add($"{cells[0],4}  {cells[1],10}  {cells[2],-8}")
            .Add($"{cells[3],-18}", Styles.Of(CapacityWording.VerdictOf(level)))
            .Add($"{cells[4],9} ok  p50 {cells[5],7}  p99 {cells[6],7}  under way {cells[7]}"));
        if (level.Outcome != LevelOutcome.Met)
        {
            console.Write(new Line().Add($"      {level.Statement}", Styles.Soft));
        }
    }

    /// <summary>Shows the answer.</summary>
    /// <param name="console">The terminal.</param>
    /// <param name="result">The result.</param>
    /// <param name="directory">The folder of its reports, as the reader would type it.</param>
    public static void End(IAnsiConsole console, CapacityResult result, string directory)
    {
        console.Write(new Line());
        console.Write(new Line().Add($"{Wording.Sign(result.Verdict)} {result.Verdict.Word().ToUpperInvariant()}", Styles.Of(result.Verdict)).Add($"  {result.Scenario}", Styles.Strong));
        console.Write(new Line().Add($"  {result.Statement}"));
        if (result.Bottleneck is { } bottleneck)
        {
            console.Write(new Line().Add($"  Limited by {CapacityWording.Describe(bottleneck)}"));
        }

        console.Write(new Line().Add($"  {result.Scalability.Statement}"));
        console.Write(new Line().Add($"  {result.Spire}, environment {result.Environment}", Styles.Soft));
        if (CapacityWording.Note(result) is { } note)
        {
            console.Write(new Line().Add($"  {note}", Styles.Soft));
        }

        console.Write(new Line());
        console.Write(new Line().Add("Report  ", Styles.Strong).Add($"{directory}/report.html"));
        console.Write(new Line().Add("Levels  ", Styles.Strong).Add($"{directory}/level-01/report.html and so on"));
    }
}
