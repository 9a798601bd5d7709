namespace Validation.Core.Tests;

public sealed class PercentageTests
{
    [Theory]
    [InlineData("99.9%", 0.999)]
    [InlineData("100%", 1.0)]
    [InlineData("0%", 0.0)]
    [InlineData("12.5 %", 0.125)]
    [InlineData("250%", 2.5)]
    public void TryParse_APercentage_IsItsShareExactly(string text, double share)
    {
        Percentage.TryParse(text, out var read).Should().BeTrue();
        read.Should().Be(share);
    }

    [Theory]
    [InlineData("99.9")]
    [InlineData("%")]
    [InlineData("-1%")]
    [InlineData("1e2%")]
    [InlineData(" 5%")]
    [InlineData("5%%")]
    public void TryParse_AnythingElse_IsRefused(string text) => Percentage.TryParse(text, out _).Should().BeFalse();

    [Theory]
    [InlineData(0.999, "99.9%")]
    [InlineData(1, "100%")]
    [InlineData(0.000001, "0.0001%")]
    public void Format_AShare_IsThePercentageThatReadsBack(double share, string text) => Percentage.Format(share).Should().Be(text);
}
