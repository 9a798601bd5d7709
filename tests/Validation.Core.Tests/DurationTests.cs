namespace Validation.Core.Tests;

public class DurationTests
{
    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("15s", 15_000)]
    [InlineData("1m30s", 90_000)]
    [InlineData("1m 30s", 90_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("2h", 7_200_000)]
    [InlineData("500us", 0.5)]
    [InlineData("0s", 0)]
    public void TryParse_NumbersWithUnits_AreDurations(string text, double milliseconds)
    {
        Duration.TryParse(text, out var duration).Should().BeTrue();

        duration.TotalMilliseconds.Should().Be(milliseconds);
    }

    [Theory]
    [InlineData("250")]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("5 parsecs")]
    [InlineData("-5s")]
    [InlineData("30s1m")]
    [InlineData("1s1s")]
    [InlineData("1..5s")]
    [InlineData("99999999999999h")]
    public void TryParse_AnythingElse_IsRefused(string text) => Duration.TryParse(text, out _).Should().BeFalse();

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(0.25, "250us")]
    [InlineData(1.234, "1.23ms")]
    [InlineData(42.42, "42.4ms")]
    [InlineData(250, "250ms")]
    [InlineData(1_000, "1s")]
    [InlineData(4_200, "4.20s")]
    [InlineData(90_000, "1m30s")]
    [InlineData(3_600_000, "1h")]
    [InlineData(-250, "-250ms")]
    public void Format_AnyDuration_HasAFittingUnit(double milliseconds, string text) =>
        Duration.Format(TimeSpan.FromMilliseconds(milliseconds)).Should().Be(text);

    [Theory]
    [InlineData(250, "250ms")]
    [InlineData(25.325, "25.325ms")]
    [InlineData(999.96, "999.96ms")]
    [InlineData(4_200, "4.20s")]
    [InlineData(4_205.5, "4.2055s")]
    [InlineData(90_000, "1m30s")]
    [InlineData(90_400, "1m30.4s")]
    [InlineData(3_600_500, "1h0.5s")]
    public void FormatExactly_AnyDuration_CanBeReadBack(double milliseconds, string text)
    {
        Duration.FormatExactly(TimeSpan.FromMilliseconds(milliseconds)).Should().Be(text);
        Duration.TryParse(text, out var read).Should().BeTrue();
        read.Should().Be(TimeSpan.FromMilliseconds(milliseconds));
    }
}
