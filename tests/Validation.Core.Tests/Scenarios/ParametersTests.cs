using Validation.Core.Scenarios;

namespace Validation.Core.Tests.Scenarios;

public class ParametersTests
{
    private static readonly Parameter<TimeSpan> For =
        Parameters.Duration("for", "How long.", TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));

    private enum Way
    {
        BothWays,
        OneWay,
    }

    [Theory]
    [InlineData("100ms")]
    [InlineData("10s")]
    public void Duration_OnItsBounds_IsRead(string text) => For.Read(text).Should().BeOfType<TimeSpan>();

    [Theory]
    [InlineData("99ms")]
    [InlineData("10001ms")]
    [InlineData("3")]
    public void Duration_BeyondItsBounds_IsRefused(string text) => For.Read(text).Should().BeNull();

    [Fact]
    public void Duration_Allowed_NamesUnitsAndBounds() =>
        For.Allowed.Should().Be("a number with a unit (us, ms, s, m, h), such as 250ms, 15s or 1m30s, from 100ms to 10s");

    [Fact]
    public void Choice_Words_AreLowerCaseWithDashes()
    {
        var way = Parameters.Choice("way", "Which way.", Way.BothWays);

        way.Allowed.Should().Be("both-ways, one-way");
        way.Read("one-way").Should().Be(Way.OneWay);
        way.Read("OneWay").Should().BeNull();
        way.DefaultText.Should().Be("both-ways");
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("9", true)]
    [InlineData("0", false)]
    [InlineData("10", false)]
    [InlineData("1.5", false)]
    public void Count_Bounds_AreKept(string text, bool allowed) =>
        (Parameters.Count("n", "How many.", 1, 9, 3).Read(text) is not null).Should().Be(allowed);

    [Theory]
    [InlineData("1%", true)]
    [InlineData("2.5 %", true)]
    [InlineData("100%", true)]
    [InlineData("0.9%", false)]
    [InlineData("100.1%", false)]
    [InlineData("5", false)]
    [InlineData("-5%", false)]
    public void Share_Bounds_AreKept(string text, bool allowed) =>
        (Parameters.Share("share", "Of what.", 0.01).Read(text) is not null).Should().Be(allowed);

    [Fact]
    public void Share_Allowed_SaysItAndIsWrittenAsItIsRead()
    {
        var share = Parameters.Share("share", "Of what.", 0.01);

        share.Allowed.Should().Be("a percentage from 1% to 100%");
        share.Write(share.Read("2.5%")!).Should().Be("2.5%");
    }

    [Theory]
    [InlineData("128kbit/s", true)]
    [InlineData("100Mbit/s", true)]
    [InlineData("127kbit/s", false)]
    [InlineData("101Mbit/s", false)]
    [InlineData("10", false)]
    public void Speed_Bounds_AreKept(string text, bool allowed) =>
        (Parameters.Speed("rate", "How fast.", new BitRate(128e3), new BitRate(100e6)).Read(text) is not null).Should().Be(allowed);

    [Theory]
    [InlineData("registered_entries", true)]
    [InlineData("t2", true)]
    [InlineData("", false)]
    [InlineData("Bundles", false)]
    [InlineData("bundles; DROP", false)]
    [InlineData("a.b", false)]
    public void Identifier_OnlyWhatNeedsNoQuotes_IsAllowed(string text, bool allowed) =>
        (Parameters.Identifier("table", "Which.", "bundles").Read(text) is not null).Should().Be(allowed);

    [Fact]
    public void Get_NothingWasGiven_IsTheDefault() => ParameterValues.None.Get(For).Should().Be(TimeSpan.FromSeconds(2));

    [Fact]
    public void Get_RequiredAndNotGiven_Throws()
    {
        var target = Parameters.Target("target", "Who.");

        ParameterValues.None.Invoking(values => values.Get(target)).Should().Throw<InvalidOperationException>().WithMessage("*'target' is required*");
    }

    [Fact]
    public void ToText_DefaultsAndGivenValues_AreBothWritten()
    {
        var values = new ParameterValues(new Dictionary<string, object> { ["for"] = TimeSpan.FromSeconds(5) });

        values.ToText([For, Parameters.Count("n", "How many.", 1, 9, 3)]).Should()
            .Equal(new Dictionary<string, string> { ["for"] = "5s", ["n"] = "3" });
    }
}
