using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Tests.Local.Supervisor;

public sealed class ExitTests
{
    [Theory]
    [InlineData(0, "ended with exit code 0")]
    [InlineData(1, "ended with exit code 1")]
    [InlineData(128, "ended with exit code 128")]
    [InlineData(137, "ended by SIGKILL")]
    [InlineData(143, "ended by SIGTERM")]
    [InlineData(159, "ended by signal 31")]
    public void Describe_ExitCode_SaysCodeOrSignal(int exitCode, string expected) =>
        Exit.Describe(exitCode).Should().Be(expected);
}
