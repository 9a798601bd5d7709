using System.Diagnostics;
using Validation.Core.Stacks;
using Validation.Environments.Local.Impairing.Packets;

namespace Validation.Environments.Tests.Local.Impairing;

public sealed class ImpairmentModelTests
{
    private const int Bytes = 1_250, Many = 10_000;

    [Fact]
    public void Decide_NothingSet_LeavesPacketsAlone()
    {
        var model = new ImpairmentModel(new Impairment(), 0);

        Decide(model, Ms(7)).Should().BeEquivalentTo(Fate.Unharmed(Ms(7)));
        (model.Packets, model.Struck).Should().Be((1, 0));
    }

    [Fact]
    public void Decide_Delay_IsAddedToEach()
    {
        var model = new ImpairmentModel(new Impairment { Delay = TimeSpan.FromMilliseconds(50) }, 0);

        Enumerable.Range(0, 3).Select(number => Decide(model, Ms(number)).Due).Should().Equal(Ms(50), Ms(51), Ms(52));
        model.Struck.Should().Be(3);
    }

    [Fact]
    public void Decide_Jitter_SpreadsEvenlyAndKeepsTheOrder()
    {
        var model = new ImpairmentModel(new Impairment { Delay = TimeSpan.FromMilliseconds(50), Jitter = TimeSpan.FromMilliseconds(20), Seed = 1 }, 0);

        var apart = Enumerable.Range(0, Many).Select(number => Decide(model, Ms(100 * number)).Due - Ms(100 * number)).Order().ToArray();
        var together = Enumerable.Range(0, Many).Select(_ => Decide(model, Ms(100 * Many)).Due).ToArray();

        (apart[0], apart[Many / 2], apart[^1]).Should().Match<(long Least, long Median, long Most)>(seen =>
            seen.Least >= Ms(30) && seen.Least < Ms(31) && seen.Median > Ms(49) && seen.Median < Ms(51) && seen.Most > Ms(69) && seen.Most <= Ms(70));
        together.Should().BeInAscendingOrder();
    }

    [Fact]
    public void Decide_Shares_AreKeptAndCounted()
    {
        Share(new Impairment { Loss = 0.1 }, fate => fate.IsLost).Should().BeApproximately(0.1, 0.01);
        Share(new Impairment { Duplication = 0.2 }, fate => fate.Copies == 2).Should().BeApproximately(0.2, 0.015);
        Share(new Impairment { Corruption = 0.3 }, fate => fate.Flipped is >= 0 and < 1).Should().BeApproximately(0.3, 0.015);
        Share(new Impairment { Reordering = 0.5, HeldBack = TimeSpan.FromMilliseconds(10) }, fate => fate.Due == Ms(10)).Should().BeApproximately(0.5, 0.02);
        Share(new Impairment { Loss = 1 }, fate => fate.IsLost).Should().Be(1);
    }

    [Fact]
    public void Decide_CorruptionOfAPacketWithoutPayload_DoesNothing()
    {
        var model = new ImpairmentModel(new Impairment { Corruption = 1 }, 0);
        var fate = Fate.Unharmed(0);

        model.Decide(ref fate, Bytes, hasPayload: false);

        fate.Flipped.Should().BeNegative();
        model.Struck.Should().Be(0);
    }

    [Fact]
    public void Decide_Bandwidth_SendsOneAfterTheOtherAndDropsWhatWouldWaitTooLong()
    {
        // 1,250 bytes take 1 ms at 10 Mbit/s; the sixth would begin to leave after 5 ms.
        var model = new ImpairmentModel(new Impairment { Bandwidth = new BitRate(10e6), Queue = TimeSpan.FromMilliseconds(4) }, 0);

        var fates = Enumerable.Range(0, 7).Select(_ => Decide(model, 0)).ToArray();

        fates.Take(5).Select(fate => fate.Due).Should().Equal(Ms(1), Ms(2), Ms(3), Ms(4), Ms(5));
        fates.Skip(5).Should().OnlyContain(fate => fate.IsLost);
        Decide(model, Ms(100)).Due.Should().Be(Ms(101), "a line that was idle owes nothing");
    }

    [Fact]
    public void Decide_SameSeedAndStream_DecidesTheSame()
    {
        var impairment = new Impairment { Loss = 0.5, Seed = 7 };

        Losses(impairment, 0).Should().Equal(Losses(impairment, 0));
        Losses(impairment, 0).Should().NotEqual(Losses(impairment, 1));
        Losses(impairment, 0).Should().NotEqual(Losses(impairment with { Seed = 8 }, 0));
    }

    private static bool[] Losses(Impairment impairment, int stream)
    {
        var model = new ImpairmentModel(impairment, stream);
        return [.. Enumerable.Range(0, 64).Select(_ => Decide(model, 0).IsLost)];
    }

    private static double Share(Impairment impairment, Func<Fate, bool> happened)
    {
        var model = new ImpairmentModel(impairment with { Seed = 3 }, 0);
        var events = Enumerable.Range(0, Many).Count(_ => happened(Decide(model, 0)));
        model.Struck.Should().Be(events);
        return (double)events / Many;
    }

    private static Fate Decide(ImpairmentModel model, long arrived)
    {
        var fate = Fate.Unharmed(arrived);
        model.Decide(ref fate, Bytes, hasPayload: true);
        return fate;
    }

    private static long Ms(long milliseconds) => milliseconds * Stopwatch.Frequency / 1_000;
}
