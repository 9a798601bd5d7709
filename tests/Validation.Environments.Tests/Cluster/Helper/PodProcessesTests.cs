using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Tests.Cluster.Kit;
using Validation.Environments.Tests.Kit;
using Validation.Environments.Tests.Live;

namespace Validation.Environments.Tests.Cluster.Helper;

/// <summary>Both sides of a session on real processes, of which files say that they are in pods.</summary>
[Collection(SystemTests.Name)]
public sealed class PodProcessesTests : IAsyncLifetime
{
    private readonly RecordedCgroups _cgroups = new();
    private readonly PodIdentity _pod = RecordedCgroups.Pod("spire-server-1", spared: 3);
    private readonly OpeningKubectl _kubectl;
    private readonly NodeHelpers _helpers;
    private readonly PodProcesses _processes;

    public PodProcessesTests()
    {
        _kubectl = new OpeningKubectl(_ => new HelperInProcess(_cgroups.Directory.FullName, TimeProvider.System));
        _helpers = new NodeHelpers(_kubectl, (node, _) => ValueTask.FromResult($"helper-on-{node}"), TimeProvider.System);
        _processes = new PodProcesses(_helpers);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _helpers.DisposeAsync();
        _cgroups.Dispose();
    }

    [Fact]
    public async Task Kill_APodWithSandboxAndRelay_EndsItsOwnContainersAlone()
    {
        var own = new[] { _cgroups.Start(_pod, 1), _cgroups.Start(_pod, 1), _cgroups.Start(_pod, 2) };
        var relay = _cgroups.Start(_pod, 3);
        var sandbox = StartSandbox(_pod, 4);
        var neighbour = _cgroups.Start(RecordedCgroups.Pod("spire-server-2"), 5);

        var report = await _processes.KillAsync(_pod, holdDown: false, CancellationToken.None);

        report.Processes.Should().Be(3);
        own.Should().OnlyContain(process => !ProcessTable.IsAlive(process.Id));
        new[] { relay, sandbox, neighbour }.Should().OnlyContain(process => ProcessTable.IsAlive(process.Id));
        (await _processes.LookAsync(_pod, CancellationToken.None)).Should().Be(new PodReport(0, false));
        _kubectl.Opened.Should().Equal("exec -i helper-on-k-1 -- validation node-helper session");
    }

    [Fact]
    public async Task Kill_NotHeld_LetsTheNextContainerLive()
    {
        _cgroups.Start(_pod, 1);
        await _processes.KillAsync(_pod, holdDown: false, CancellationToken.None);

        var next = _cgroups.Start(_pod, 2);
        await Task.Delay(300);

        ProcessTable.IsAlive(next.Id).Should().BeTrue();
    }

    [Fact]
    public async Task Kill_HeldDown_KillsWhatComesBackUntilItIsReleased()
    {
        _cgroups.Start(_pod, 1);
        (await _processes.KillAsync(_pod, holdDown: true, CancellationToken.None)).Processes.Should().Be(1);

        var second = _cgroups.Start(_pod, 2);
        await StackInside.UntilAsync("the second container to be killed", 3, () => !ProcessTable.IsAlive(second.Id));
        await _processes.ReleaseAsync(_pod, CancellationToken.None);
        var third = _cgroups.Start(_pod, 6);
        await Task.Delay(300);

        ProcessTable.IsAlive(third.Id).Should().BeTrue();
    }

    [Fact]
    public async Task Kill_HeldDownAndTheHarnessGoes_LetsTheNextContainerLive()
    {
        _cgroups.Start(_pod, 1);
        await _processes.KillAsync(_pod, holdDown: true, CancellationToken.None);

        await _helpers.DisposeAsync();
        var next = _cgroups.Start(_pod, 2);
        await Task.Delay(300);

        ProcessTable.IsAlive(next.Id).Should().BeTrue();
    }

    [Fact]
    public async Task Kill_NobodyIsThere_HitsNothing() =>
        (await _processes.KillAsync(_pod, holdDown: false, CancellationToken.None)).Processes.Should().Be(0);

    [Fact]
    public async Task Stop_ObedientProcess_EndsWithinItsGrace()
    {
        _cgroups.Start(_pod, 1);

        var report = await _processes.StopAsync(_pod, TimeSpan.FromSeconds(10), holdDown: false, CancellationToken.None);

        report.Should().Be(new HitReport(1, EndedWithinGrace: true));
    }

    [Fact]
    public async Task Stop_DeafProcess_IsKilledAfterItsGrace()
    {
        var deaf = _cgroups.Start(_pod, 1, "sh", "-c", "trap '' TERM; exec sleep 3600");
        await Task.Delay(300);

        var report = await _processes.StopAsync(_pod, TimeSpan.FromMilliseconds(500), holdDown: false, CancellationToken.None);

        report.Should().Be(new HitReport(1, EndedWithinGrace: false));
        ProcessTable.IsAlive(deaf.Id).Should().BeFalse();
    }

    [Fact]
    public async Task Freeze_ThenWake_StopsEveryThreadAndLetsThemGoOn()
    {
        _cgroups.Start(_pod, 1);
        _cgroups.Start(_pod, 2);

        (await _processes.FreezeAsync(_pod, TimeSpan.FromMinutes(1), CancellationToken.None)).Processes.Should().Be(2);
        (await _processes.LookAsync(_pod, CancellationToken.None)).Should().Be(new PodReport(2, true));
        await _processes.WakeAsync(_pod, CancellationToken.None);

        (await _processes.LookAsync(_pod, CancellationToken.None)).Should().Be(new PodReport(2, false));
    }

    [Fact]
    public async Task Freeze_LeaseRunsOut_WakesByItself()
    {
        _cgroups.Start(_pod, 1);

        await _processes.FreezeAsync(_pod, TimeSpan.FromSeconds(1), CancellationToken.None);

        (await _processes.LookAsync(_pod, CancellationToken.None)).Frozen.Should().BeTrue();
        await StackInside.UntilAsync("the lease to end", 5, async () => !(await _processes.LookAsync(_pod, CancellationToken.None)).Frozen);
    }

    [Fact]
    public async Task Freeze_HarnessGoes_WakesByItself()
    {
        var process = _cgroups.Start(_pod, 1);
        await _processes.FreezeAsync(_pod, TimeSpan.FromMinutes(5), CancellationToken.None);

        await _helpers.DisposeAsync();

        Signals.IsStopped(process.Id).Should().BeFalse();
    }

    [Fact]
    public async Task Clean_SomethingAnEarlierSessionLeftFrozen_Wakes()
    {
        var process = _cgroups.Start(_pod, 1);
        Native.Signal(process.Id, Native.SigStop);
        await StackInside.UntilAsync("the process to stop", 2, () => Signals.IsStopped(process.Id));

        await _processes.WakeAsync(_pod, CancellationToken.None);

        await StackInside.UntilAsync("the process to go on", 2, () => !Signals.IsStopped(process.Id));
    }

    private System.Diagnostics.Process StartSandbox(PodIdentity pod, int container)
    {
        // What the kernel tells of a process' name is the name of its file.
        var pause = Path.Combine(_cgroups.Directory.FullName, "pause");
        File.Copy(ProgramFinder.Require("sleep"), pause);
        File.SetUnixFileMode(pause, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return _cgroups.Start(pod, container, pause, "3600");
    }
}
