using Validation.Core.Scenarios;
using Validation.Statistics;

namespace Validation.Core.Comparing;

/// <summary>Compares two groups of runs, figure by figure.</summary>
/// <remarks>
/// A figure has changed when the runs' ranks say so (Mann and Whitney, corrected by Holm within its family) and the shift
/// is large enough to matter. Operations are never compared with each other: those of one run depend on each other, and
/// so many of them would make any trifle significant.
/// </remarks>
public static class Comparison
{
    /// <summary>How often a family of figures that did not change may raise a false alarm.</summary>
    public const double FalseAlarms = 0.01;

    private const double ConfidenceOfShift = 0.95;
    private const double ShareThatMatters = 0.05;
    private const double SpreadsThatMatter = 2;

    /// <summary>Compares.</summary>
    /// <param name="baseline">The runs before; at least one.</param>
    /// <param name="others">The runs after; at least one.</param>
    /// <returns>The figures that all runs have: what regressed first.</returns>
    public static IReadOnlyList<ComparedFigure> Of(IReadOnlyList<RunFigures> baseline, IReadOnlyList<RunFigures> others) =>
    [
        .. baseline[0].Figures
            .Select(figure => new Pair(figure, Values(baseline, figure), Values(others, figure)))
            .Where(pair => pair.Before.Length == baseline.Count && pair.After.Length == others.Count)
            .GroupBy(pair => pair.Figure.Family)
            .SelectMany(family => CompareFamily([.. family]))
            .OrderByDescending(compared => compared.Change).ThenBy(compared => compared.Family),
    ];

    /// <summary>Returns the figures that some runs have and others do not, so that they are not compared.</summary>
    /// <param name="runs">All runs.</param>
    public static IReadOnlyList<string> NotInAll(IReadOnlyList<RunFigures> runs) =>
    [
        .. runs.SelectMany(run => run.Figures)
            .GroupBy(figure => (figure.Family, figure.Name))
            .Where(same => same.Count() < runs.Count)
            .Select(same => same.Key.Name),
    ];

    /// <summary>Returns how the process ends because of a comparison.</summary>
    /// <param name="figures">The compared figures.</param>
    /// <returns>Fail when one regressed, inconclusive when that could not have been seen, else pass.</returns>
    public static ExitCode ExitCodeOf(IReadOnlyList<ComparedFigure> figures) => figures.Select(figure => figure.Change).DefaultIfEmpty(Change.NotEnoughRuns).Max() switch
    {
        Change.Regressed => ExitCode.Fail,
        Change.NotEnoughRuns => ExitCode.Inconclusive,
        _ => ExitCode.Pass,
    };

    /// <summary>Returns how many runs on each side a comparison needs.</summary>
    /// <param name="figures">How many figures of one family differ at all.</param>
    public static int RunsNeeded(int figures)
    {
        var runs = 2;
        while (RankTest.SmallestPValue(runs, runs) * figures > FalseAlarms)
        {
            runs++;
        }

        return runs;
    }

    /// <summary>Returns the values of a figure, of every run that has it.</summary>
    /// <param name="runs">The runs.</param>
    /// <param name="figure">The figure.</param>
    internal static double[] Values(IReadOnlyList<RunFigures> runs, Figure figure) =>
        [.. runs.SelectMany(run => run.Figures.Where(one => one.Name == figure.Name && one.Family == figure.Family).Take(1)).Select(one => one.Value)];

    /// <summary>Returns whether the shift between values is large enough to matter.</summary>
    /// <param name="measure">What was measured.</param>
    /// <param name="before">The values before; at least one.</param>
    /// <param name="after">The values after; at least one.</param>
    internal static bool Matters(Measure measure, IReadOnlyList<double> before, IReadOnlyList<double> after) =>
        Math.Abs(Shift.Between(before, after, ConfidenceOfShift).Estimate) > Threshold(measure, before);

    private static IEnumerable<ComparedFigure> CompareFamily(IReadOnlyList<Pair> family)
    {
        // A figure that is the same in all runs cannot raise an alarm, so it does not count among those that could.
        var varying = family.Where(pair => pair.Before.Concat(pair.After).Distinct().Skip(1).Any()).ToArray();
        var corrected = Holm.Correct([.. varying.Select(pair => RankTest.PValue(pair.Before, pair.After))]);
        var canBeSeen = varying.All(pair => RankTest.SmallestPValue(pair.Before.Length, pair.After.Length) * varying.Length <= FalseAlarms);
        return [
            .. varying.Select((pair, index) => Compare(pair, corrected[index], canBeSeen)),
            .. family.Except(varying).Select(pair => Compare(pair, 1, canBeSeen: true)),
        ];
    }

    private static ComparedFigure Compare(Pair pair, double probability, bool canBeSeen)
    {
        var shift = Shift.Between(pair.Before, pair.After, ConfidenceOfShift);
        var threshold = Threshold(pair.Figure.Measure, pair.Before);
        var isWorse = shift.Estimate > 0 != pair.Figure.Measure.AtLeast;
        return new ComparedFigure
        {
            Name = pair.Figure.Name,
            Family = pair.Figure.Family,
            Measure = pair.Figure.Measure,
            Before = Median(pair.Before),
            After = Median(pair.After),
            Shift = shift.Estimate,
            ShiftLow = shift.Low,
            ShiftHigh = shift.High,
            Probability = probability,
            Threshold = threshold,
            Change = (canBeSeen, probability <= FalseAlarms && Math.Abs(shift.Estimate) > threshold) switch
            {
                (false, _) => Change.NotEnoughRuns,
                (true, false) => Change.Unchanged,
                _ => isWorse ? Change.Regressed : Change.Improved,
            },
        };
    }

    private static double Threshold(Measure measure, IReadOnlyList<double> before)
    {
        var middle = Median(before);

        // 5 % of an availability would be an outage: what matters there is a change of what failed.
        var size = measure.AtLeast ? 1 - middle : middle;
        var spread = Median([.. before.Select(value => Math.Abs(value - middle))]);
        return Math.Max(ShareThatMatters * size, SpreadsThatMatter * spread);
    }

    private static double Median(IEnumerable<double> values) => Shift.Middle([.. values.Order()]);

    private sealed record Pair(Figure Figure, double[] Before, double[] After);
}
