using Validation.Core.Scenarios;

namespace Validation.Core.Tests.Scenarios;

public class WindowNameTests
{
    [Theory]
    [InlineData("whole")]
    [InlineData("baseline")]
    [InlineData("server-killed/fault")]
    [InlineData("server-killed/recovery")]
    public void TryParse_EverySpelling_IsWrittenTheSameWay(string text)
    {
        WindowName.TryParse(text, out var window).Should().BeTrue();

        window.ToString().Should().Be(text);
    }

    [Theory]
    [InlineData("server-killed/middle")]
    [InlineData("/fault")]
    [InlineData("a/fault/b")]
    [InlineData("")]
    public void TryParse_AnythingElse_IsRefused(string text) => WindowName.TryParse(text, out _).Should().BeFalse();
}
