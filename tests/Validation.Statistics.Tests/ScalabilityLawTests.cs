namespace Validation.Statistics.Tests;

public class ScalabilityLawTests
{
    private static readonly double[] Concurrencies = [1, 2, 4, 8, 12, 16, 24, 32];

    [Theory]
    [InlineData(1_000, 0.05, 0.0002)]
    [InlineData(20, 0.3, 0.01)]
    [InlineData(150_000, 0.02, 0)]
    [InlineData(50, 0, 0.003)]
    public void Fit_LevelsThatFollowTheLaw_FindsItsParameters(double lambda, double sigma, double kappa)
    {
        var law = ScalabilityLaw.Fit([.. Concurrencies.Select(n => (n, Law(lambda, sigma, kappa, n)))])!;

        law.Lambda.Should().BeApproximately(lambda, lambda * 1e-3);
        law.Sigma.Should().BeApproximately(sigma, 1e-3);
        law.Kappa.Should().BeApproximately(kappa, 1e-5);
    }

    [Fact]
    public void Fit_NoisyLevels_FindsThePeakAndItsIntervalHoldsIt()
    {
        var (lambda, sigma, kappa) = (1_000.0, 0.04, 0.002);
        var truth = Math.Sqrt((1 - sigma) / kappa);
        var held = 0;
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            var levels = Concurrencies.Select(n => (n, Law(lambda, sigma, kappa, n) * (1 + (0.02 * (random.NextDouble() - 0.5))))).ToArray();

            ScalabilityLaw.Fit(levels)!.PeakConcurrency.Should().BeApproximately(truth, truth * 0.1);

            var (low, high) = ScalabilityLaw.PeakInterval(levels, 0.95, 100, random);
            held += low <= truth && !(high < truth) ? 1 : 0;
        }

        held.Should().BeGreaterThanOrEqualTo(14, "eight levels are few, and a bootstrap of few is too narrow at times");
    }

    [Fact]
    public void Fit_AQueueOfOneServer_ApproachesItsRateAndHasNoPeak()
    {
        // M/M/1: with a share of ρ in use there are ρ / (1 − ρ) operations under way.
        var levels = new[] { 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8 }.Select(busy => (busy / (1 - busy), busy * 400)).ToArray();

        var law = ScalabilityLaw.Fit(levels)!;

        law.PeakConcurrency.Should().BeNull();
        law.Ceiling.Should().BeApproximately(400, 1);
        law.Sigma.Should().BeApproximately(0.5, 1e-3);
    }

    [Fact]
    public void At_BeyondTwiceWhatWasMeasured_IsRefused()
    {
        var law = ScalabilityLaw.Fit([.. Concurrencies.Select(n => (n, Law(100, 0.05, 0.0001, n)))])!;

        law.At(64).Should().BeApproximately(Law(100, 0.05, 0.0001, 64), 0.1);
        law.At(64.1).Should().BeNull();
        law.PeakConcurrency.Should().BeApproximately(97.5, 1);
        law.Peak.Should().BeNull("it lies beyond what may be extrapolated to");
    }

    [Fact]
    public void Fit_FiveLevels_IsRefused() =>
        ScalabilityLaw.Fit([.. Concurrencies.Take(5).Select(n => (n, Law(100, 0.05, 0.0001, n)))]).Should().BeNull();

    private static double Law(double lambda, double sigma, double kappa, double n) => lambda * n / (1 + (sigma * (n - 1)) + (kappa * n * (n - 1)));
}
