using Validation.Environments.Local.Programs;

namespace Validation.Environments.Tests.Local.Programs;

public sealed class ToolTests
{
    [Fact]
    public async Task Run_ProgramReadsItsInput_ReturnsItsOutput() =>
        (await Tool.RunAsync(["cat"], "to and fro", CancellationToken.None)).Should().Be("to and fro");

    [Fact]
    public async Task Run_ProgramFails_RepeatsItsOwnWords()
    {
        var running = () => Tool.RunAsync(["sh", "-c", "echo what went wrong >&2; exit 3"], null, CancellationToken.None);

        await running.Should().ThrowAsync<HarnessException>().WithMessage("*exit code 3. what went wrong*");
    }

    [Fact]
    public async Task TryRun_ProgramTakesTooLong_IsKilledAndSaysTheLimit()
    {
        var running = () => Tool.TryRunAsync(["sleep", "60"], null, TimeSpan.FromMilliseconds(100), CancellationToken.None);

        await running.Should().ThrowAsync<HarnessException>().WithMessage("sleep 60: did not end within 100ms.");
    }
}
