using System.Diagnostics;
using System.Text;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Tests.Cluster.Tools;

public sealed class ToolProcessTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Run_ProgramThatReadsAndFails_GivesOutputErrorsAndExitCode()
    {
        var answer = await RunAsync("cat; echo trouble >&2; exit 3", "the manifest", new SecretMask());

        answer.Should().Be(new ToolAnswer(3, "the manifest", "trouble\n"));
    }

    [Fact]
    public async Task Run_ProgramThatQuotesASecretInItsErrors_ShowsTheMarkInstead()
    {
        var mask = new SecretMask();
        mask.Add("correct-horse");

        var answer = await RunAsync("echo \"invalid value: $(cat)\" >&2", "correct-horse", mask);

        answer.Errors.Should().Be($"invalid value: {SecretMask.Mark}\n");
    }

    [Fact]
    public async Task Run_ProgramThatTakesTooLong_IsKilledAndNamed()
    {
        var run = () => ToolProcess.RunAsync(
            ["/bin/sh", "-c", "sleep 60"], null, TimeSpan.FromMilliseconds(200), new SecretMask(), TimeProvider.System, CancellationToken.None);

        (await run.Should().ThrowAsync<HarnessException>()).WithMessage("*sleep 60*did not end within 200ms*");
    }

    [Fact]
    public async Task Run_ProgramThatPrintsWithoutEnd_IsStopped()
    {
        // Long before its time is over.
        var run = () => RunAsync("yes validation", null, new SecretMask()).WaitAsync(Limit / 2);

        (await run.Should().ThrowAsync<HarnessException>()).WithMessage("*printed more than 32 MiB*");
    }

    [Fact]
    public async Task Session_ThatReadsItsInput_EndsWithIt()
    {
        var session = ToolProcess.Open(["/bin/sh", "-c", "cat; echo bye >&2"], readsInput: true, new SecretMask(), TimeProvider.System);
        await session.Input.WriteAsync(Encoding.ASCII.GetBytes("ping\n"));
        await session.Input.FlushAsync();

        var line = await new StreamReader(session.Output).ReadLineAsync().WaitAsync(Limit);
        await session.DisposeAsync();

        line.Should().Be("ping");
        (await session.Ended).Should().Be(new ToolAnswer(0, string.Empty, "bye\n"));
    }

    [Fact]
    public async Task Session_OnALeash_EndsWhenTheHarnessEnds()
    {
        // The pipe to its input closes, as the kernel closes it for a harness that was killed.
        var session = ToolProcess.Open(["/bin/sleep", "61"], readsInput: false, new SecretMask(), TimeProvider.System);

        session.Input.Close();

        (await session.Ended.WaitAsync(Limit)).ExitCode.Should().Be(128 + 15);
        await session.DisposeAsync();
    }

    [Fact]
    public async Task Session_OnALeash_TellsHowTheProgramEndedByItself()
    {
        await using var session = ToolProcess.Open(
            ["/bin/sh", "-c", "echo Forwarding; echo lost >&2; exit 7"], readsInput: false, new SecretMask(), TimeProvider.System);

        var line = await new StreamReader(session.Output).ReadLineAsync().WaitAsync(Limit);

        line.Should().Be("Forwarding");
        (await session.Ended.WaitAsync(Limit)).Should().Be(new ToolAnswer(7, string.Empty, "lost\n"));
    }

    [Fact]
    public async Task Session_Disposed_LeavesNoProcess()
    {
        var session = ToolProcess.Open(["/bin/sh", "-c", "echo $$; exec sleep 62"], readsInput: false, new SecretMask(), TimeProvider.System);
        var pid = int.Parse((await new StreamReader(session.Output).ReadLineAsync().WaitAsync(Limit))!, System.Globalization.CultureInfo.InvariantCulture);

        await session.DisposeAsync();

        var find = () => Process.GetProcessById(pid);
        find.Should().Throw<ArgumentException>();
    }

    private static Task<ToolAnswer> RunAsync(string script, string? input, SecretMask mask) =>
        ToolProcess.RunAsync(["/bin/sh", "-c", script], input, Limit, mask, TimeProvider.System, CancellationToken.None);
}
