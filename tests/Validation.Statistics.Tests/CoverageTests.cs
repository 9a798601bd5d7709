using Xunit.Abstractions;

namespace Validation.Statistics.Tests;

/// <summary>Do the bounds hold as often as they say? Simulated systems of which the truth is known; fixed seeds.</summary>
public class CoverageTests
{
    private const int Runs = 600;
    private const int Operations = 10_000;
    private const double Confidence = 0.95;

    private readonly ITestOutputHelper _output;

    public CoverageTests(ITestOutputHelper output) => _output = output;

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(0.7)]
    public void P99_OfAQueue_LiesBetweenItsBounds(double utilisation)
    {
        var truth = TrueP99(utilisation);
        var random = new Random(7);
        int inside = 0, belowHigh = 0, aboveLow = 0;
        for (var run = 0; run < Runs; run++)
        {
            var bounds = Bounds(Queue(random, utilisation), truth);
            belowHigh += !(bounds.High < truth) ? 1 : 0;
            aboveLow += !(bounds.Low > truth) ? 1 : 0;
            inside += !(bounds.High < truth) && !(bounds.Low > truth) ? 1 : 0;
        }

        _output.WriteLine($"{utilisation}: inside {(double)inside / Runs:0.000}, not above the high bound {(double)belowHigh / Runs:0.000}, not below the low one {(double)aboveLow / Runs:0.000}");
        ((double)inside / Runs).Should().BeInRange(0.90, 0.99);
        ((double)belowHigh / Runs).Should().BeInRange(0.90, 0.99);
        ((double)aboveLow / Runs).Should().BeInRange(0.90, 0.995);
    }

    [Fact]
    public void Gate_OfAQueueThatIsSlightlyTooSlow_SeldomPasses()
    {
        // The limit is just below the truth: every pass is a false one.
        var limit = TrueP99(0.5) - 1;
        var random = new Random(11);

        var passes = Enumerable.Range(0, Runs).Count(_ => Bounds(Queue(random, 0.5), limit).High <= limit);

        _output.WriteLine($"false passes {(double)passes / Runs:0.000}");
        ((double)passes / Runs).Should().BeLessThan(0.10);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Availability_OfShortBurstsOfFailures_LiesBetweenItsBounds(int burst)
    {
        const double Share = 0.005;
        var random = new Random(13);
        var inside = 0;
        for (var run = 0; run < Runs; run++)
        {
            var count = new BlockedCount(Enumerable.Repeat(Operations / 20, 20), Confidence);
            for (var operation = 0; operation < Operations; operation++)
            {
                if (random.NextDouble() < Share / burst)
                {
                    for (var failing = operation; failing < Math.Min(Operations, operation + burst); failing++)
                    {
                        count.Add(failing / (Operations / 20));
                    }

                    operation += burst - 1;
                }
            }

            var sample = count.Effective();
            var truth = Share / (1 + (Share / burst * (burst - 1)));
            inside += BinomialBounds.Lower(sample.Events, sample.Trials, Confidence) <= truth && BinomialBounds.Upper(sample.Events, sample.Trials, Confidence) >= truth ? 1 : 0;
        }

        _output.WriteLine($"bursts of {burst}: {(double)inside / Runs:0.000}");
        ((double)inside / Runs).Should().BeInRange(0.90, 0.99);
    }

    [Fact]
    public void Availability_OneBurstForEachInjection_IsCoveredWithTheRepetitionAsTheBlock()
    {
        // Each of twenty injections fails a stretch of operations whose length differs from one to the next.
        const int Injections = 20, OfEach = 500, Mean = 25;
        var random = new Random(17);
        int asBlocks = 0, asIfIndependent = 0;
        for (var run = 0; run < Runs; run++)
        {
            var count = new BlockedCount(Enumerable.Repeat(OfEach, Injections), Confidence);
            for (var injection = 0; injection < Injections; injection++)
            {
                var failed = random.Next((2 * Mean) + 1);
                for (var failing = 0; failing < failed; failing++)
                {
                    count.Add(injection);
                }
            }

            var sample = count.Effective();
            const double Truth = (double)Mean / OfEach;
            asBlocks += Covers(sample.Events, sample.Trials, Truth);
            asIfIndependent += Covers(count.Events, count.Trials, Truth);
        }

        _output.WriteLine($"repetition as block {(double)asBlocks / Runs:0.000}, operations as if independent {(double)asIfIndependent / Runs:0.000}");
        ((double)asBlocks / Runs).Should().BeInRange(0.90, 0.99);
        ((double)asIfIndependent / Runs).Should().BeLessThan(0.6, "this is why the repetition is the block");
    }

    private static int Covers(double events, double trials, double truth) =>
        BinomialBounds.Lower(events, trials, Confidence) <= truth && BinomialBounds.Upper(events, trials, Confidence) >= truth ? 1 : 0;

    private static QuantileBounds Bounds(long[] latencies, long limit)
    {
        var blocks = Enumerable.Range(0, latencies.Length).Select(index => index * BlockedCount.BlocksOfAWindow / latencies.Length).ToArray();
        Array.Sort(latencies, blocks);
        return QuantileBounds.Of(latencies, blocks, 0.99, limit, Confidence);
    }

    /// <summary>Times in the system of a queue with one server, in millionths of the mean service time; independent ones without utilisation.</summary>
    private static long[] Queue(Random random, double utilisation)
    {
        var waiting = random.NextDouble() < utilisation ? Exponential(random, 1 / (1 - utilisation)) : 0;
        var times = new long[Operations];
        for (var operation = 0; operation < Operations; operation++)
        {
            var time = waiting + Exponential(random, 1);
            times[operation] = (long)(time * 1e6);
            waiting = utilisation == 0 ? 0 : Math.Max(0, time - Exponential(random, 1 / utilisation));
        }

        return times;
    }

    private static long TrueP99(double utilisation) => (long)(Math.Log(100) / (1 - utilisation) * 1e6);

    private static double Exponential(Random random, double mean) => -mean * Math.Log(1 - random.NextDouble());
}
