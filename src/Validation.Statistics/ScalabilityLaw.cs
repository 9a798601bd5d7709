using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearRegression;
using MathNet.Numerics.Optimization;

namespace Validation.Statistics;

/// <summary>
/// The Universal Scalability Law (Gunther, arXiv:0808.1431): how throughput follows from concurrency,
/// <c>X(N) = λN / (1 + σ(N − 1) + κN(N − 1))</c>.
/// </summary>
/// <param name="Lambda">The throughput of one operation at a time; more than zero.</param>
/// <param name="Sigma">The share of the work that waits for its turn (contention); from 0 to 1.</param>
/// <param name="Kappa">The cost of agreeing among those at work (coherency); 0 or more.</param>
/// <param name="LargestMeasured">The largest concurrency that the fit rests on.</param>
public sealed record ScalabilityLaw(double Lambda, double Sigma, double Kappa, double LargestMeasured)
{
    /// <summary>The fewest levels to which the three parameters are fitted.</summary>
    public const int FewestLevels = 6;

    // So far beyond what was measured the law may be believed.
    private const double Reach = 2;

    // Levenberg and Marquardt's steps stand still on a bound: they begin beside it, in the unit that each parameter is scaled to.
    private const double BesideZero = 1e-3;
    private const double NoDifference = 1e-9;

    /// <summary>Gets up to which concurrency it may be extrapolated.</summary>
    public double Limit => Reach * LargestMeasured;

    /// <summary>Gets the concurrency of the highest throughput; null when throughput never falls, so that there is only a <see cref="Ceiling"/>.</summary>
    public double? PeakConcurrency => Kappa > 0 ? Math.Sqrt((1 - Sigma) / Kappa) : null;

    /// <summary>Gets the highest throughput; null when it is nowhere, or beyond what may be extrapolated to.</summary>
    public double? Peak => PeakConcurrency is { } at ? At(at) : null;

    /// <summary>Gets the throughput that is approached and never reached when there is no peak; null when nothing limits it.</summary>
    public double? Ceiling => Kappa == 0 && Sigma > 0 ? Lambda / Sigma : null;

    /// <summary>Fits the law to levels of load in steady state.</summary>
    /// <remarks>
    /// The starting values are those of linear least squares on <c>N/X</c>; then the squared relative differences of X are
    /// minimised. A parameter at its bound is left out, and the others are fitted again.
    /// </remarks>
    /// <param name="levels">Concurrency and throughput of each level; both more than zero.</param>
    /// <returns>Null when there are fewer levels than <see cref="FewestLevels"/>, or when they are too much alike to tell anything.</returns>
    public static ScalabilityLaw? Fit(IReadOnlyList<(double Concurrency, double Throughput)> levels) =>
        levels.Count >= FewestLevels ? FitAny(levels) : null;

    /// <summary>Returns the throughput at a concurrency.</summary>
    /// <param name="concurrency">More than zero.</param>
    /// <returns>Null beyond <see cref="Limit"/>.</returns>
    public double? At(double concurrency) => concurrency <= Limit ? Model(Lambda, Sigma, Kappa, concurrency) : null;

    /// <summary>Returns between what the concurrency of the highest throughput may lie, by fitting samples drawn from the levels.</summary>
    /// <param name="levels">The levels.</param>
    /// <param name="confidence">Between 0 and 1.</param>
    /// <param name="samples">How many samples are drawn.</param>
    /// <param name="random">Draws them.</param>
    /// <returns>The bounds; null above when a part of the samples has no peak at all, and null for both when too few samples can be fitted.</returns>
    public static (double? Low, double? High) PeakInterval(
        IReadOnlyList<(double Concurrency, double Throughput)> levels, double confidence, int samples, Random random)
    {
        var peaks = new List<double>();
        for (var i = 0; i < samples; i++)
        {
            if (FitAny([.. levels.Select(_ => levels[random.Next(levels.Count)])]) is { } law)
            {
                peaks.Add(law.PeakConcurrency ?? double.PositiveInfinity);
            }
        }

        peaks.Sort();
        return peaks.Count * 2 < samples ? (null, null) : (Bound((1 - confidence) / 2), Bound((1 + confidence) / 2));

        double? Bound(double share) => peaks[(int)Math.Min(peaks.Count - 1, share * peaks.Count)] is var peak && double.IsFinite(peak) ? peak : null;
    }

    private static ScalabilityLaw? FitAny(IReadOnlyList<(double Concurrency, double Throughput)> levels)
    {
        // Three parameters need three places; the values are scaled, so that rates of any size are fitted alike.
        if (levels.Select(level => level.Concurrency).Distinct().Count() < 3)
        {
            return null;
        }

        var (n, x) = (levels.Max(level => level.Concurrency), levels.Max(level => level.Throughput));
        var start = Start(levels, n, x);
        ScalabilityLaw? best = null;
        var least = double.MaxValue;

        // The simplest law first: another one must be better.
        foreach (var (sigmaIsFree, kappaIsFree) in new[] { (false, false), (true, false), (false, true), (true, true) })
        {
            var law = Refine(levels, n, x, start, sigmaIsFree, kappaIsFree);
            var differs = levels.Sum(level => Math.Pow(1 - (Model(law.Lambda, law.Sigma, law.Kappa, level.Concurrency) / level.Throughput), 2));
            if (law.Sigma <= 1 && differs < least * (1 - NoDifference))
            {
                (best, least) = (law, differs);
            }
        }

        return best;
    }

    /// <summary>Linear least squares: <c>N/X = (1 + σ(N − 1) + κN(N − 1)) / λ</c> is linear in 1/λ, σ/λ and κ/λ.</summary>
    private static (double Lambda, double Sigma, double Kappa) Start(IReadOnlyList<(double Concurrency, double Throughput)> levels, double n, double x)
    {
        var design = Matrix<double>.Build.Dense(levels.Count, 3, (row, column) => column switch
        {
            0 => 1,
            1 => levels[row].Concurrency - 1,
            _ => levels[row].Concurrency * (levels[row].Concurrency - 1),
        });
        var found = MultipleRegression.Svd(design, Vector<double>.Build.Dense(levels.Count, row => levels[row].Concurrency / levels[row].Throughput));
        return found[0] > 0 && found.All(double.IsFinite)
            ? (1 / found[0], found[1] / found[0], found[2] / found[0])
            : (levels.Max(level => level.Throughput / level.Concurrency), 1 / n, 0);
    }

    private static ScalabilityLaw Refine(
        IReadOnlyList<(double Concurrency, double Throughput)> levels, double n, double x, (double Lambda, double Sigma, double Kappa) start, bool sigmaIsFree, bool kappaIsFree)
    {
        // Scaled: λ by x/n, σ by 1/n, κ by 1/n². Then all three are of the size of one.
        var (lambdaUnit, sigmaUnit, kappaUnit) = (x / n, 1 / n, 1 / (n * n));
        var observed = Vector<double>.Build.Dense(levels.Count, i => levels[i].Throughput);
        var at = Vector<double>.Build.Dense(levels.Count, i => levels[i].Concurrency);
        var weight = observed.Map(value => 1 / (value * value));
        var model = ObjectiveFunction.NonlinearModel(
            (parameters, where) => where.Map(one => Model(parameters[0] * lambdaUnit, parameters[1] * sigmaUnit, parameters[2] * kappaUnit, one)), at, observed, weight);
        var guess = Vector<double>.Build.Dense(
        [
            start.Lambda / lambdaUnit,
            sigmaIsFree ? Math.Clamp(start.Sigma / sigmaUnit, BesideZero, n * (1 - BesideZero)) : 0,
            kappaIsFree ? Math.Max(BesideZero, start.Kappa / kappaUnit) : 0,
        ]);
        var found = new LevenbergMarquardtMinimizer(maximumIterations: 500).FindMinimum(
            model,
            guess,
            lowerBound: Vector<double>.Build.Dense(3),
            isFixed: [false, !sigmaIsFree, !kappaIsFree]).MinimizingPoint;
        return new ScalabilityLaw(found[0] * lambdaUnit, found[1] * sigmaUnit, found[2] * kappaUnit, n);
    }

    private static double Model(double lambda, double sigma, double kappa, double n) => lambda * n / (1 + (sigma * (n - 1)) + (kappa * n * (n - 1)));
}
