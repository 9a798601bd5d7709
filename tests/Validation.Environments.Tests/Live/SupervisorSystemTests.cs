using System.Diagnostics;
using System.Globalization;
using Validation.Core.Stacks;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Local.Supervisor;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Live;

[Collection(SystemTests.Name)]
[Trait("Kind", "System")]
public sealed class SupervisorSystemTests
{
    private const string TwoProcesses = "setsid sleep 1000 & exec sleep 1000";
    private static readonly StackInside.FixedProbe AlwaysReady = new(() => null);

    [SkippableTheory]
    [InlineData(As.Root)]
    [InlineData(As.OrdinaryUser)]
    public Task Kill_NodeWithDetachedChildren_HitsAllAndTheRestartPolicyActs(As user) => InsideAsync(user, KillAndRestart);

    [SkippableFact]
    public Task Kill_HeldDown_StaysDownUntilReleased() => InsideAsync(As.OrdinaryUser, KillAndHold);

    [SkippableFact]
    public Task Kill_HeldDownAndReleasedAtOnce_StartsWithoutBackOff() => InsideAsync(As.OrdinaryUser, KillAndReleaseAtOnce);

    [SkippableFact]
    public Task Kill_NodeWithoutProcesses_HitsNothingAndSaysSo() => InsideAsync(As.OrdinaryUser, KillNobody);

    [SkippableTheory]
    [InlineData(As.Root)]
    [InlineData(As.OrdinaryUser)]
    public Task Pause_UntilResumed_IsFrozenAndThenRuns(As user) => InsideAsync(user, PauseAndResume);

    [SkippableFact]
    public Task Pause_NobodyResumes_TheLeaseDoes() => InsideAsync(As.OrdinaryUser, PauseByLease);

    [SkippableFact]
    public Task Pause_LivenessWouldFail_IsNotRestarted() => InsideAsync(As.OrdinaryUser, PauseUnderLiveness);

    [SkippableFact]
    public Task Stop_NodeThatObeys_EndsWithinItsGrace() => InsideAsync(As.OrdinaryUser, StopGracefully);

    [SkippableFact]
    public Task Stop_NodeThatDoesNotObey_IsKilledAfterItsGrace() => InsideAsync(As.OrdinaryUser, StopTheStubborn);

    [SkippableFact]
    public Task End_AgainAndAgain_WaitsLongerEachTime() => InsideAsync(As.OrdinaryUser, EndAgainAndAgain);

    [SkippableFact]
    public Task End_OfTheMainProcess_TakesTheOthersWithIt() => InsideAsync(As.OrdinaryUser, LeaveAChildBehind);

    [SkippableFact]
    public Task Liveness_Fails_RestartsTheNode() => InsideAsync(As.OrdinaryUser, FailLiveness);

    [SkippableFact]
    public Task Start_NeverReady_FailsWithTheLastLinesOfTheLog() => InsideAsync(As.OrdinaryUser, NeverGetReady);

    private static async Task InsideAsync(As user, Func<SandboxInterior, string[], Task> body)
    {
        Sandboxed.SkipUnlessPossible(user);
        await Sandboxed.RunAsync(user, body);
    }

    private static async Task KillAndRestart(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync(arguments, TwoProcesses, AlwaysReady);
        await site.ReadyAsync();
        await StackInside.UntilAsync("both processes", 2, async () => await site.Node.CountProcessesAsync(CancellationToken.None) == 2);
        var watch = Stopwatch.StartNew();

        var receipt = await site.Node.KillAsync(holdDown: false, CancellationToken.None);

        receipt.Should().Be(new SignalReceipt(Processes: 2, Incarnation: 1));
        (await site.Node.CountProcessesAsync(CancellationToken.None)).Should().Be(0);
        await StackInside.UntilAsync("the restart", 5, () => site.Node.Status is { State: NodeState.Ready, Incarnation: 2 });
        watch.Elapsed.Should().BeGreaterThan(BackOff.First);
        site.States.Should().Equal(NodeState.Starting, NodeState.Ready, NodeState.BackOff, NodeState.Starting, NodeState.Ready);
        site.Node.Status.Restarts.Should().Be(1);
        site.Log.Should().Contain("killed by a fault").And.Contain("ended by SIGKILL").And.Contain("start 2: /bin/sh");
    }

    private static async Task KillAndHold(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync(arguments, TwoProcesses, AlwaysReady);
        await site.ReadyAsync();

        await site.Node.KillAsync(holdDown: true, CancellationToken.None);

        await StackInside.UntilAsync("the node to be held", 1, () => site.Node.Status.State == NodeState.Held);
        site.Node.Status.Reason.Should().Be("ended by SIGKILL");
        await Task.Delay(BackOff.First + TimeSpan.FromSeconds(1));
        (await site.Node.CountProcessesAsync(CancellationToken.None)).Should().Be(0);
        var watch = Stopwatch.StartNew();
        await site.Node.ReleaseAsync(CancellationToken.None);
        await StackInside.UntilAsync("the start", 2, () => site.Node.Status is { State: NodeState.Ready, Incarnation: 2 });
        watch.Elapsed.Should().BeLessThan(BackOff.First, "a release waits for no back-off");
    }

    private static async Task KillAndReleaseAtOnce(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync(arguments, TwoProcesses, AlwaysReady);
        await site.ReadyAsync();

        // Often enough for the supervisor to notice the end before, between and after the two.
        for (var incarnation = 2; incarnation < 12; incarnation++)
        {
            await site.Node.KillAsync(holdDown: true, CancellationToken.None);
            await site.Node.ReleaseAsync(CancellationToken.None);

            site.Node.Status.Incarnation.Should().Be(incarnation);
            await site.Node.WaitUntilReadyAsync(CancellationToken.None);
        }

        site.States.Should().NotContain(NodeState.BackOff);
    }

    private static async Task KillNobody(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync(arguments, TwoProcesses, AlwaysReady);
        await site.ReadyAsync();
        await site.Node.KillAsync(holdDown: true, CancellationToken.None);

        (await site.Node.KillAsync(holdDown: true, CancellationToken.None)).Processes.Should().Be(0);
        (await site.Node.PauseAsync(TimeSpan.FromSeconds(5), CancellationToken.None)).Processes.Should().Be(0);
        (await site.Node.StopAsync(TimeSpan.FromSeconds(1), true, CancellationToken.None)).Should().Be(new SignalReceipt(0, 1, EndedWithinGrace: false));
        (await site.Node.IsFrozenAsync(CancellationToken.None)).Should().BeFalse("nobody is there to be frozen");
        site.Node.Status.State.Should().Be(NodeState.Held);
    }

    private static async Task PauseAndResume(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync(arguments, "while true; do date +%s%N; sleep 0.05; done", AlwaysReady);
        await site.ReadyAsync();
        (await site.Node.IsFrozenAsync(CancellationToken.None)).Should().BeFalse();

        var receipt = await site.Node.PauseAsync(TimeSpan.FromMinutes(1), CancellationToken.None);

        receipt.Processes.Should().BeGreaterThan(0);
        (await site.Node.IsFrozenAsync(CancellationToken.None), site.Node.Status.State).Should().Be((true, NodeState.Paused));
        var lines = site.Log.Length;
        await Task.Delay(500);
        site.Log.Length.Should().Be(lines, "a frozen node does nothing");
        await site.Node.ResumeAsync(CancellationToken.None);
        await StackInside.UntilAsync("the node to be ready again", 2, () => site.Node.Status.State == NodeState.Ready);
        await StackInside.UntilAsync("the node to write again", 2, () => site.Log.Length > lines + 100);
        (await site.Node.IsFrozenAsync(CancellationToken.None), site.Node.Status.Restarts).Should().Be((false, 0));
    }

    private static async Task PauseByLease(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync(arguments, TwoProcesses, AlwaysReady);
        await site.ReadyAsync();

        await site.Node.PauseAsync(TimeSpan.FromSeconds(1), CancellationToken.None);

        (await site.Node.IsFrozenAsync(CancellationToken.None)).Should().BeTrue();
        await StackInside.UntilAsync("the lease to end", 2, () => site.Node.Status.State == NodeState.Ready);
        (await site.Node.IsFrozenAsync(CancellationToken.None)).Should().BeFalse();
        site.Log.Should().Contain("resumed by itself when its lease ended");
    }

    private static async Task PauseUnderLiveness(SandboxInterior interior, string[] arguments)
    {
        var asked = 0;
        var liveness = new LivenessProbe(
            new StackInside.FixedProbe(() => $"{++asked}"), TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(100), 2);
        await using var site = await Site.MakeAsync(arguments, TwoProcesses, AlwaysReady, liveness);
        await site.ReadyAsync();

        await site.Node.PauseAsync(TimeSpan.FromMinutes(1), CancellationToken.None);
        await Task.Delay(3500);

        (site.Node.Status.State, site.Node.Status.Incarnation, asked).Should().Be((NodeState.Paused, 1, 0));
    }

    private static async Task StopGracefully(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync(arguments, "trap 'echo bye; exit 0' TERM; echo ears; while true; do sleep 0.05; done", AlwaysReady);
        await site.ReadyAsync();
        await StackInside.UntilAsync("the trap", 2, () => site.Log.Contains("\nears\n", StringComparison.Ordinal));

        var receipt = await site.Node.StopAsync(TimeSpan.FromSeconds(5), holdDown: true, CancellationToken.None);

        receipt.Should().Be(new SignalReceipt(1, 1, EndedWithinGrace: true));
        site.Log.Should().Contain("bye").And.Contain("ended with exit code 0");
    }

    private static async Task StopTheStubborn(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync(arguments, "trap '' TERM; echo deaf; while true; do sleep 0.05; done", AlwaysReady);
        await site.ReadyAsync();
        await StackInside.UntilAsync("the trap", 2, () => site.Log.Contains("\ndeaf\n", StringComparison.Ordinal));
        var watch = Stopwatch.StartNew();

        var receipt = await site.Node.StopAsync(TimeSpan.FromMilliseconds(500), holdDown: true, CancellationToken.None);

        receipt.EndedWithinGrace.Should().BeFalse();
        watch.Elapsed.Should().BeGreaterThan(TimeSpan.FromMilliseconds(500)).And.BeLessThan(TimeSpan.FromSeconds(2));
        (await site.Node.CountProcessesAsync(CancellationToken.None)).Should().Be(0);
    }

    private static async Task EndAgainAndAgain(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync(arguments, "exit 3", AlwaysReady);
        site.Node.Start();

        await StackInside.UntilAsync("four starts", 10, () => site.Node.Status.Incarnation == 4);

        var starts = site.Log.Split('\n').Where(line => line.Contains(" start ", StringComparison.Ordinal))
            .Select(line => DateTime.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)).ToArray();
        var waits = starts.Zip(starts.Skip(1), (before, after) => (after - before).TotalSeconds).ToArray();
        waits[0].Should().BeInRange(1, 1.8);
        waits[1].Should().BeInRange(2, 2.8);
        waits[2].Should().BeInRange(4, 4.8);
    }

    private static async Task LeaveAChildBehind(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync(arguments, "setsid sleep 1000 & sleep 0.5; exit 1", AlwaysReady);
        site.Node.Start();
        await StackInside.UntilAsync("the main process to end", 3, () => site.Node.Status.State == NodeState.BackOff);

        (await site.Node.CountProcessesAsync(CancellationToken.None)).Should().Be(0);
        await StackInside.UntilAsync("the orphan to be reaped", 2, () => ProcessTable.Read().All(entry => entry.State != ProcessTable.Zombie));
    }

    private static async Task FailLiveness(SandboxInterior interior, string[] arguments)
    {
        var liveness = new LivenessProbe(
            new StackInside.FixedProbe(() => "/live answers 500"), TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(500), 2);
        await using var site = await Site.MakeAsync(arguments, TwoProcesses, AlwaysReady, liveness);
        await site.ReadyAsync();

        await StackInside.UntilAsync("the restart", 6, () => site.Node.Status.Incarnation == 2);

        site.Log.Should().Contain("asked to end: its liveness probe failed 2 times in a row: /live answers 500").And.Contain("ended by SIGTERM");
    }

    private static async Task NeverGetReady(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync(
            arguments, "echo the reason why >&2; exit 1", new StackInside.FixedProbe(() => "port 1: Connection refused"));
        site.Node.Start();

        var waiting = () => site.Node.WaitUntilReadyAsync(CancellationToken.None);

        var error = (await waiting.Should().ThrowAsync<HarnessException>()).Which;
        error.Message.Should().Contain("a-1 ended 3 times before it was ready").And.Contain("the reason why").And.Contain("ended with exit code 1");
        error.ExitCode.Should().Be(ExitCode.EnvironmentFailed);
    }

    /// <summary>A star with one node that runs a script.</summary>
    private sealed class Site(StarNetwork star, ProcessNode node, string log) : IAsyncDisposable
    {
        private readonly List<NodeState> _states = [];

        public ProcessNode Node => node;

        public string Log => File.ReadAllText(log);

        public IReadOnlyList<NodeState> States => _states;

        public static async Task<Site> MakeAsync(string[] arguments, string script, IProbe readiness, LivenessProbe? liveness = null)
        {
            var (star, nodes) = await StackInside.LayStarAsync(1);
            var node = StackInside.MakeNode(star, nodes[0], arguments, script, readiness, liveness);
            var site = new Site(star, node, Path.Combine(arguments[0], "a-1.log"));
            node.StateChanged += (_, status) => site._states.Add(status.State);
            return site;
        }

        public Task ReadyAsync()
        {
            node.Start();
            return node.WaitUntilReadyAsync(CancellationToken.None);
        }

        public async ValueTask DisposeAsync()
        {
            await node.DisposeAsync();
            await star.DisposeAsync();
        }
    }
}
