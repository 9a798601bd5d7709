using EmbeddedSpire.Configuration;

namespace EmbeddedSpire.Tests.Configuration;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("1h30m", 5400)]
    [InlineData("5s", 5)]
    [InlineData("500ms", 0.5)]
    [InlineData("1.5h", 5400)]
    [InlineData("0", 0)]
    [InlineData("-2s", -2)]
    [InlineData("100us", 0.0001)]
    public void TryParse_GoText_IsRead(string text, double seconds)
    {
        GoDuration.TryParse(text, out var duration).Should().BeTrue();

        duration.TotalSeconds.Should().BeApproximately(seconds, 1e-9);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("1h 30m")]
    [InlineData("1d")]
    [InlineData("--1s")]
    [InlineData("99999999999h")]
    public void TryParse_OtherText_IsRefused(string text) => GoDuration.TryParse(text, out _).Should().BeFalse();

    [Theory]
    [InlineData("24h", "24h0m0s")]
    [InlineData("90s", "1m30s")]
    [InlineData("1500ms", "1.5s")]
    [InlineData("250ms", "250ms")]
    [InlineData("0", "0s")]
    public void Format_Duration_IsGos(string text, string expected)
    {
        GoDuration.TryParse(text, out var duration).Should().BeTrue();

        GoDuration.Format(duration).Should().Be(expected);
    }
}
