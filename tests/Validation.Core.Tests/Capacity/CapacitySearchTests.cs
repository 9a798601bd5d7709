using Validation.Core.Capacity;

namespace Validation.Core.Tests.Capacity;

public class CapacitySearchTests
{
    [Fact]
    public void Next_AKnownLimit_DoublesHalvesTheGapAndConfirms()
    {
        var search = new CapacitySearch(new Rate(60), null);

        Walk(search, order => order.Rate.PerSecond <= 400 ? LevelOutcome.Met : LevelOutcome.Failed)
            .Should().Equal("60 Search", "120 Search", "240 Search", "480 Search", "360 Search", "420 Search", "390 Search", "405 Search", "390 Confirm");
        search.Confirmed.Should().Be(new Rate(390));
    }

    [Fact]
    public void Next_ALevelThatWasDisturbed_IsMeasuredOnceMore()
    {
        var search = new CapacitySearch(new Rate(60), new Rate(120));
        var disturbed = new HashSet<int> { 2, 4 };

        Walk(search, order => disturbed.Contains(order.Number) ? LevelOutcome.Undecided : LevelOutcome.Met)
            .Should().Equal("60 Search", "120 Search", "120 Search", "120 Confirm", "120 Confirm");
        search.Confirmed.Should().Be(new Rate(120));
    }

    [Fact]
    public void Next_ARateThatIsNotConfirmed_IsFollowedByFourAtMost()
    {
        var search = new CapacitySearch(new Rate(10), new Rate(1_000));

        Walk(search, order => order.Purpose == LevelPurpose.Search ? LevelOutcome.Met : LevelOutcome.Failed)
            .TakeLast(4).Should().Equal("1000 Confirm", "950 Confirm", "902 Confirm", "857 Confirm");
        search.Confirmed.Should().BeNull();
    }

    [Fact]
    public void Next_TheLowestRateIsNotMet_IsTheEnd()
    {
        var search = new CapacitySearch(new Rate(10), null);

        Walk(search, _ => LevelOutcome.Failed).Should().Equal("10 Search");
    }

    [Fact]
    public void Next_AHighestRateOfFourDigits_IsTriedAsItIsAndEndsTheSearch()
    {
        var search = new CapacitySearch(new Rate(400), new Rate(1_234));

        Walk(search, _ => LevelOutcome.Met).Should().Equal("400 Search", "800 Search", "1234 Search", "1234 Confirm");
        search.Confirmed.Should().Be(new Rate(1_234));
    }

    private static List<string> Walk(CapacitySearch search, Func<LevelOrder, LevelOutcome> measure)
    {
        var walked = new List<string>();
        while (search.Next is { } order)
        {
            walked.Add($"{order.Rate.PerSecond} {order.Purpose}");
            search.Tell(measure(order));
        }

        return walked;
    }
}
