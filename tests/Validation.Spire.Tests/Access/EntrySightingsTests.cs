using Validation.Spire.Access;

namespace Validation.Spire.Tests.Access;

public sealed class EntrySightingsTests
{
    private readonly EntrySightings _sightings = new(["one", "two"]);

    [Fact]
    public void Expect_AnEntryThatEveryServerShows_EndsWithTheLastOfThem()
    {
        var shown = _sightings.Expect("a");

        _sightings.Answered("one", Ids("a"));
        shown.IsCompleted.Should().BeFalse();
        _sightings.NotShowing("a").Should().Equal("two");

        _sightings.Answered("two", Ids("a"));
        shown.IsCompletedSuccessfully.Should().BeTrue();
        _sightings.TakeVanished().Should().BeNull();
    }

    [Fact]
    public void Answered_WithoutWhatTheServerHasShown_IsToldOnce()
    {
        _ = _sightings.Expect("a");
        _sightings.Answered("one", Ids("a"));

        _sightings.Answered("one", Ids());
        _sightings.Answered("one", Ids());

        _sightings.TakeVanished().Should().Be("one has shown entry a and does not show it any more.");
        _sightings.TakeVanished().Should().BeNull();
        _sightings.NotShowing("a").Should().Equal("one", "two");
    }

    [Fact]
    public void Answered_WithoutWhatAnotherServerHasShown_IsNothingYet()
    {
        _ = _sightings.Expect("a");
        _sightings.Answered("one", Ids("a"));

        _sightings.Answered("two", Ids());

        _sightings.TakeVanished().Should().BeNull();
    }

    [Fact]
    public void Answered_WithoutWhatIsForgotten_IsAsItShouldBe()
    {
        _ = _sightings.Expect("a");
        _sightings.Answered("one", Ids("a"));

        _sightings.Forget("a");
        _sightings.Answered("one", Ids());

        _sightings.TakeVanished().Should().BeNull();
    }

    private static HashSet<string> Ids(params string[] ids) => [.. ids];
}
