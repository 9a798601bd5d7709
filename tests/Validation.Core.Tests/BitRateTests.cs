namespace Validation.Core.Tests;

public class BitRateTests
{
    [Theory]
    [InlineData("10Mbit/s", 10e6, "10Mbit/s")]
    [InlineData("0.5Mbit/s", 500e3, "500kbit/s")]
    [InlineData("1500 kbit/s", 1.5e6, "1.5Mbit/s")]
    public void TryParse_ASpeed_IsReadAndWritten(string text, double bits, string written)
    {
        BitRate.TryParse(text, out var rate).Should().BeTrue();

        rate.BitsPerSecond.Should().Be(bits);
        rate.ToString().Should().Be(written);
    }

    [Theory]
    [InlineData("10")]
    [InlineData("10MB/s")]
    [InlineData("0kbit/s")]
    [InlineData("-1Mbit/s")]
    [InlineData("Mbit/s")]
    public void TryParse_AnythingElse_IsRefused(string text) => BitRate.TryParse(text, out _).Should().BeFalse();
}
