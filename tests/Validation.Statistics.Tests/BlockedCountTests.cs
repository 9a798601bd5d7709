namespace Validation.Statistics.Tests;

public class BlockedCountTests
{
    [Fact]
    public void DesignEffect_WithoutEvents_IsOne() => Counted(new int[20]).DesignEffect.Should().Be(1);

    [Fact]
    public void DesignEffect_EveryBlockHasTheSame_IsOne() => Counted([.. Enumerable.Repeat(3, 20)]).DesignEffect.Should().Be(1);

    [Fact]
    public void DesignEffect_OneBlockLostAltogether_IsAboutItsSize()
    {
        var effect = Counted([100, .. new int[19]]).DesignEffect;

        effect.Should().BeInRange(100, 125, "one outage is one observation, however many operations it hit; Student's factor comes on top");
    }

    [Fact]
    public void Effective_OfAnOutage_IsAboutAsManyTrialsAsBlocks()
    {
        var sample = Counted([100, .. new int[19]]).Effective();

        sample.Trials.Should().BeInRange(15, 20);
        (sample.Events / sample.Trials).Should().BeApproximately(0.05, 1e-9, "the share stays what it is");
    }

    [Fact]
    public void DesignEffect_BlocksOfDifferentSize_OnlyCountsWhatIsNotExplainedByIt()
    {
        var count = new BlockedCount([100, 300, 100, 300], 0.95);
        foreach (var (block, events) in new[] { (0, 10), (1, 30), (2, 10), (3, 30) })
        {
            Enumerable.Repeat(block, events).ToList().ForEach(count.Add);
        }

        count.DesignEffect.Should().Be(1);
    }

    private static BlockedCount Counted(int[] events)
    {
        var count = new BlockedCount(events.Select(_ => 100), 0.95);
        for (var block = 0; block < events.Length; block++)
        {
            Enumerable.Repeat(block, events[block]).ToList().ForEach(count.Add);
        }

        return count;
    }
}
