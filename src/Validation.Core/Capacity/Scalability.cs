using System.Globalization;
using Validation.Core.Judging;
using Validation.Statistics;

namespace Validation.Core.Capacity;

/// <summary>How throughput follows from concurrency, by the Universal Scalability Law; and how far that may be believed.</summary>
public sealed record Scalability
{
    private const int Samples = 400;

    /// <summary>Gets what it says, or why there is none, as sentences.</summary>
    public required string Statement { get; init; }

    /// <summary>Gets the law; null when it was not fitted.</summary>
    public ScalabilityLaw? Law { get; init; }

    /// <summary>Gets from which concurrency on throughput falls, at the least; null when that is not known.</summary>
    public double? PeakLow { get; init; }

    /// <summary>Gets from which concurrency on throughput falls, at the most; null when that is not known, or when it may never fall.</summary>
    public double? PeakHigh { get; init; }

    /// <summary>Fits the law to the levels at which the stack was steady and the harness was not the limit.</summary>
    /// <param name="levels">All levels.</param>
    /// <param name="random">Draws the samples for the interval.</param>
    public static Scalability Of(IReadOnlyList<CapacityLevel> levels, Random random)
    {
        var steady = Fitting(levels).ToArray();
        var points = steady.Select(level => (level.Concurrency, level.Throughput)).ToArray();
        if (steady.Select(level => level.Rate).Distinct().Count() < ScalabilityLaw.FewestLevels || ScalabilityLaw.Fit(points) is not { } law)
        {
            return new Scalability
            {
                Statement = Invariant(
                    $"No scalability law is fitted: it needs {ScalabilityLaw.FewestLevels} rates at which the stack is steady and the harness is not the limit, and there are {steady.Select(level => level.Rate).Distinct().Count()}."),
            };
        }

        if (!HasContention(levels))
        {
            return new Scalability { Statement = "No scalability law is fitted: there was hardly ever more than one operation under way, so nothing of contention was seen." };
        }

        var (low, high) = ScalabilityLaw.PeakInterval(points, ConfidenceInterval.Confidence, Samples, random);
        return new Scalability { Law = law, PeakLow = low, PeakHigh = high, Statement = Describe(law, low, high, points.Length) };
    }

    /// <summary>Returns the levels that say something about how the stack scales.</summary>
    /// <param name="levels">All levels.</param>
    internal static IEnumerable<CapacityLevel> Fitting(IEnumerable<CapacityLevel> levels) =>
        levels.Where(level => level is { IsSteady: true, Outcome: not LevelOutcome.HarnessLimited, Throughput: > 0, Concurrency: > 0 });

    /// <summary>Returns whether operations met each other at all: only then can something be said of how they hinder each other.</summary>
    /// <param name="levels">All levels.</param>
    internal static bool HasContention(IEnumerable<CapacityLevel> levels) => Fitting(levels).Any(level => level.Concurrency >= 1);

    private static string Describe(ScalabilityLaw law, double? low, double? high, int levels)
    {
        var fit = Invariant($"Fitted to {levels} levels: λ {law.Lambda:0.#}/s, σ {law.Sigma:0.####}, κ {law.Kappa:0.######}.");
        var reach = Invariant($"The law may be read up to a concurrency of {law.Limit:0.#}, twice the largest measured one.");
        var peak = law switch
        {
            { Peak: { } top, PeakConcurrency: { } at } => Invariant($"Throughput is highest, {top:0.#}/s, with {at:0.#} operations under way{Interval(low, high)}."),
            { PeakConcurrency: not null } => $"Where throughput is highest lies beyond that{Interval(low, high)}, and is not told.",
            { Ceiling: { } ceiling } => Invariant($"It shows no fall of throughput; the ceiling it approaches, {ceiling:0.#}/s, is never reached."),
            _ => "It shows neither contention nor a fall: what was measured is too far from the limit to show one.",
        };
        return $"{fit} {peak} {reach}";
    }

    private static string Interval(double? low, double? high) => (low, high) switch
    {
        ({ } from, { } to) => Invariant($" (between {from:0.#} and {to:0.#} with 95 %)"),
        ({ } from, null) => Invariant($" (at least {from:0.#} with 95 %)"),
        _ => string.Empty,
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
