using System.Text;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.K3s;
using Validation.Environments.Local.Programs;
using Validation.Environments.Tests.K3s.Kit;
using Validation.TestKit;

namespace Validation.Environments.Tests.K3s;

/// <summary>The script that holds rules, run by real shells with a stand-in for iptables, which writes down what it is asked.</summary>
/// <remarks>The shell of the K3s image is busybox'; Debian's <c>sh</c> has no <c>read -t</c>, so bash stands for it where there is no busybox.</remarks>
public sealed class HeldRulesTests : IDisposable
{
    private const string Lease = "10";
    private const string IpTables =
        """
        #!/bin/sh
        echo "$*" >> "${0%/*}/record"
        case "$*" in
          *refused*) echo 'iptables: No chain/target/match by that name.' >&2; exit 1;;
          *' -L '*) echo 'Chain validation-1a (1 references)'
            echo '    pkts      bytes target     prot opt in     out     source               destination'
            echo '       7      588 DROP       all  --  *      *       0.0.0.0/0            0.0.0.0/0            MAC 02:42:ac:1f:00:02'
            echo '      12     1008 DROP       all  --  *      *       0.0.0.0/0            0.0.0.0/0            MAC 02:42:ac:1f:00:03';;
        esac
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("held-rules-");

    public HeldRulesTests()
    {
        var program = Path.Combine(_folder.FullName, "iptables");
        File.WriteAllText(program, IpTables + "\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public static TheoryData<string> Shells => ["busybox", "bash"];

    private string[] Asked => File.ReadAllLines(Path.Combine(_folder.FullName, "record"));

    public void Dispose() => _folder.Delete(recursive: true);

    [SkippableTheory]
    [MemberData(nameof(Shells))]
    public async Task Set_IsInForceCountsAndIsTakenBack(string shell)
    {
        var rules = await HeldRules.SetAsync(Shell(shell), Command("-m mac --mac-source A", "-m mac --mac-source B"), TimeProvider.System, CancellationToken.None);
        var set = Asked;

        var counts = await rules.CountAsync(CancellationToken.None);
        await rules.DisposeAsync();

        set.Should().Equal(
            "-w -t mangle -N validation-1a", "-w -t mangle -A validation-1a -m mac --mac-source A -j DROP", "-w -t mangle -A validation-1a -m mac --mac-source B -j DROP",
            "-w -t mangle -I PREROUTING -j validation-1a");
        counts.Should().Equal(7, 12);
        rules.Broken.Should().BeNull();
        Asked.TakeLast(3).Should().Equal("-w -t mangle -D PREROUTING -j validation-1a", "-w -t mangle -F validation-1a", "-w -t mangle -X validation-1a");
    }

    [SkippableTheory]
    [MemberData(nameof(Shells))]
    public async Task Lease_WithoutAWordOfTheHarness_EndsAndTakesTheRulesBack(string shell)
    {
        // The clock stands still, so nothing is renewed; the shell has a clock of its own.
        var docker = Shell(shell);
        var rules = await HeldRules.SetAsync(docker, WithLease("1"), new ManualClock(), CancellationToken.None);

        var ended = await docker.Sessions[0].Ended.WaitAsync(TimeSpan.FromSeconds(60));

        ended.ExitCode.Should().Be(3);
        Asked[^1].Should().Be("-w -t mangle -X validation-1a");
        (await rules.CountAsync(CancellationToken.None)).Should().BeEmpty();
        rules.Broken.Should().Contain("taken the rules away");
        await rules.DisposeAsync();
    }

    [SkippableTheory]
    [MemberData(nameof(Shells))]
    public async Task Input_ThatEndsBecauseTheHarnessDid_TakesTheRulesBack(string shell)
    {
        var docker = Shell(shell);
        await HeldRules.SetAsync(docker, Command("-m mac --mac-source A"), new ManualClock(), CancellationToken.None);

        docker.Sessions[0].Input.Close();
        await docker.Sessions[0].Ended.WaitAsync(TimeSpan.FromSeconds(60));

        Asked[^1].Should().Be("-w -t mangle -X validation-1a");
    }

    [SkippableTheory]
    [MemberData(nameof(Shells))]
    public async Task Set_ARuleIsRefused_SaysTheNodesWordsAndTakesTheRestBack(string shell)
    {
        var docker = Shell(shell);
        var set = () => HeldRules.SetAsync(docker, Command("-m mac --mac-source A", "-m refused"), TimeProvider.System, CancellationToken.None);

        (await set.Should().ThrowAsync<HarnessException>()).WithMessage("docker exec box iptables: ended with exit code 1. iptables: No chain/target/match by that name.");
        Asked.Should().NotContain(line => line.Contains(" -I ", StringComparison.Ordinal));
        Asked[^1].Should().Be("-w -t mangle -X validation-1a");
    }

    [Fact]
    public async Task Set_ANodeThatSaysNothing_IsATroubleOfTheEnvironmentThatNamesIt()
    {
        var time = new ManualClock();
        var set = () => time.RunUntilAsync(
            () => HeldRules.SetAsync(new SilentDocker(), Command("-m mac --mac-source A"), time, CancellationToken.None), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

        (await set.Should().ThrowAsync<HarnessException>()).WithMessage("box, which holds packet filter rules, said nothing for 10s.*")
            .Which.ExitCode.Should().Be(ExitCode.EnvironmentFailed);
    }

    [Fact]
    public async Task Count_ANodeThatFellSilent_IsATroubleOfTheEnvironmentAndNothingIsTrustedAnyMore()
    {
        var time = new ManualClock();
        var rules = await HeldRules.SetAsync(new SilentDocker("held\n"), Command("-m mac --mac-source A"), time, CancellationToken.None);

        var count = () => time.RunUntilAsync(() => rules.CountAsync(CancellationToken.None), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

        (await count.Should().ThrowAsync<HarnessException>()).WithMessage("box, which holds packet filter rules, said nothing*");
        rules.Broken.Should().Be("the node said nothing for 10s");
        (await rules.CountAsync(CancellationToken.None)).Should().BeEmpty();
        await rules.DisposeAsync();
    }

    private static DockerCommand Command(params string[] rules) => HeldRules.Command("box", "1a", "PREROUTING", rules);

    private static DockerCommand WithLease(string seconds)
    {
        var command = Command("-m mac --mac-source A");
        return command with { Arguments = [.. command.Arguments.Select(argument => argument == Lease ? seconds : argument)] };
    }

    private ShellInsteadOfDocker Shell(string name)
    {
        var program = ProgramFinder.Find(name);
        Skip.If(program is null, $"not installed: {name}");
        return new ShellInsteadOfDocker(name == "busybox" ? [program!, "sh"] : [program!], _folder);
    }

    private sealed class SilentDocker(string firstWords = "") : IDocker
    {
        public Task<ToolAnswer> RunAsync(DockerCommand command, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IToolSession Open(DockerCommand command) => new Session(firstWords);
    }

    private sealed class Session(string firstWords) : IToolSession
    {
        private readonly TaskCompletionSource<ToolAnswer> _ended = new();

        public Stream Input { get; } = new MemoryStream();

        public Stream Output { get; } = new ThenNothing(Encoding.ASCII.GetBytes(firstWords));

        public Task<ToolAnswer> Ended => _ended.Task;

        public ValueTask DisposeAsync()
        {
            _ended.TrySetResult(new ToolAnswer(0, string.Empty, string.Empty));
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Gives some words and then waits for ever, as the output of a program does that goes on.</summary>
    private sealed class ThenNothing(byte[] words) : MemoryStream(words)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (await base.ReadAsync(buffer, cancellationToken) is var read and > 0)
            {
                return read;
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            return 0;
        }
    }
}
