using Validation.Core.Scenarios;
using Validation.Statistics;

namespace Validation.Core.Comparing;

/// <summary>One figure over many runs, and where it changed.</summary>
/// <param name="Name">The figure's name.</param>
/// <param name="Family">What it is.</param>
/// <param name="Measure">What was measured.</param>
/// <param name="Values">Its values, run by run.</param>
/// <param name="Levels">The stretches of runs between which it changed; one when it never did.</param>
public sealed record FigureHistory(string Name, FigureFamily Family, Measure Measure, IReadOnlyList<double> Values, IReadOnlyList<FigureLevel> Levels)
{
    /// <summary>Looks at every figure that all runs have.</summary>
    /// <param name="runs">The runs, the oldest first; at least one.</param>
    public static IReadOnlyList<FigureHistory> Of(IReadOnlyList<RunFigures> runs) =>
    [
        .. from figure in runs[0].Figures
           let values = Comparison.Values(runs, figure)
           where values.Length == runs.Count
           select new FigureHistory(figure.Name, figure.Family, figure.Measure, values, LevelsOf(figure.Measure, values, runs)),
    ];

    private static IReadOnlyList<FigureLevel> LevelsOf(Measure measure, double[] values, IReadOnlyList<RunFigures> runs)
    {
        var changes = ChangePoints.Find(values, Comparison.FalseAlarms, (before, after) => Comparison.Matters(measure, before, after));
        int[] edges = [0, .. changes, values.Length];
        return [.. edges.Zip(edges.Skip(1), (from, to) => new FigureLevel(runs[from].Run, to - from, Shift.Middle([.. values[from..to].Order()])))];
    }
}

/// <summary>A stretch of runs in which a figure stayed what it was.</summary>
/// <param name="Since">The first run of it.</param>
/// <param name="Runs">How many runs it has.</param>
/// <param name="Median">The figure's median over them.</param>
public sealed record FigureLevel(string Since, int Runs, double Median);
