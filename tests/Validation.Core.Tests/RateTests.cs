namespace Validation.Core.Tests;

public class RateTests
{
    [Theory]
    [InlineData("200/s", 200)]
    [InlineData("30/min", 0.5)]
    [InlineData("36/h", 0.01)]
    [InlineData("0.5/s", 0.5)]
    [InlineData("200 /s", 200)]
    public void TryParse_NumberPerUnit_IsARate(string text, double perSecond)
    {
        Rate.TryParse(text, out var rate).Should().BeTrue();

        rate.PerSecond.Should().BeApproximately(perSecond, 1e-9);
    }

    [Theory]
    [InlineData("200")]
    [InlineData("0/s")]
    [InlineData("-1/s")]
    [InlineData("200/fortnight")]
    [InlineData("many/s")]
    public void TryParse_AnythingElse_IsRefused(string text) => Rate.TryParse(text, out _).Should().BeFalse();

    [Theory]
    [InlineData(200, "200/s")]
    [InlineData(0.5, "30/min")]
    [InlineData(0.01, "36/h")]
    public void ToString_AnyRate_HasAFittingUnit(double perSecond, string text) => new Rate(perSecond).ToString().Should().Be(text);
}
