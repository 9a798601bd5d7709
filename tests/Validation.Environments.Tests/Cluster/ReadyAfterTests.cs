using Validation.Environments.Cluster;

namespace Validation.Environments.Tests.Cluster;

public sealed class ReadyAfterTests
{
    [Theory]
    [InlineData(41_270, "41.3 s")]
    [InlineData(125_000, "125.0 s")]
    public void Text_IsInSeconds(int milliseconds, string text)
    {
        ReadyAfter.Text(TimeSpan.FromMilliseconds(milliseconds)).Should().Be(text);
    }
}
