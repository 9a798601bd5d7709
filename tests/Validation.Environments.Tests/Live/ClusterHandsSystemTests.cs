using System.Diagnostics;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Network;
using Validation.Environments.Tests.Cluster.Kit;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Live;

/// <summary>
/// Node helpers as processes of their own; network namespaces stand for pods and files for their cgroups. Each of two
/// Kubernetes nodes has its helper.
/// </summary>
[Collection(SystemTests.Name)]
[Trait("Kind", "System")]
public sealed class ClusterHandsSystemTests
{
    private static readonly SideBySide Leases = new(As.OrdinaryUser, OutliveTheLease, KillTheHelper, StopTheHelper, SilenceTheHarness, FreezeAndStopTheHelper);

    [SkippableTheory]
    [InlineData(As.Root)]
    [InlineData(As.OrdinaryUser)]
    public Task Cut_PodsOnTwoKubernetesNodes_DropsExactlyThereAndCountsExactlyThere(As user) => InsideAsync(user, CutOneWay);

    [SkippableFact]
    public Task Cut_LongerThanItsLease_IsKeptByRenewal() => Leases.RunAsync(OutliveTheLease);

    [SkippableFact]
    public Task Cut_HelperIsKilled_HealsInTheKernelAndIsBroken() => Leases.RunAsync(KillTheHelper);

    [SkippableFact]
    public Task Cut_HelperIsStoppedForLongerThanTheLease_HealsInTheKernelAndIsBroken() => Leases.RunAsync(StopTheHelper);

    [SkippableFact]
    public Task Cut_HarnessIsStoppedForLongerThanItsSilence_IsUndoneByTheHelper() => Leases.RunAsync(SilenceTheHarness);

    [SkippableFact]
    public Task Cut_PodIsReplacedMeanwhile_IsBroken() => InsideAsync(As.OrdinaryUser, ReplaceThePod);

    [SkippableFact]
    public Task Cut_PodInTheNetworkOfItsKubernetesNode_IsRefused() => InsideAsync(As.OrdinaryUser, CutTheMachine);

    [SkippableFact]
    public Task Dispose_WithCutsAndFrozenPods_LeavesNoTableAndNobodyFrozen() => InsideAsync(As.OrdinaryUser, LeaveNothing);

    [SkippableFact]
    public Task Freeze_HelperIsKilled_WakesAtOnce() => InsideAsync(As.OrdinaryUser, FreezeAndKillTheHelper);

    [SkippableFact]
    public Task Freeze_HelperIsStopped_WakesWhenTheLeaseEnds() => Leases.RunAsync(FreezeAndStopTheHelper);

    private static async Task InsideAsync(As user, Func<SandboxInterior, string[], Task> body)
    {
        Sandboxed.SkipUnlessPossible(user);
        await Sandboxed.RunAsync(user, body);
    }

    private static async Task CutOneWay(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync();
        var (there, back, elsewhere) = (site.Link(0, 1), site.Link(1, 0), site.Link(2, 1));
        (await site.Network.ProbeAsync(there, CancellationToken.None)).Should().BeTrue();

        await using var cut = await site.Network.CutAsync([there], CancellationToken.None);

        (await site.Network.ProbeAsync(there, CancellationToken.None)).Should().BeFalse();
        (await site.Network.ProbeAsync(back, CancellationToken.None)).Should().BeTrue();
        (await site.Network.ProbeAsync(elsewhere, CancellationToken.None)).Should().BeTrue();
        (await cut.ReadCountersAsync(CancellationToken.None)).Should().ContainSingle().Which.Should().Be(new DroppedPackets(there, 3), "the probe sends three datagrams");

        await cut.HealAsync(CancellationToken.None);

        (await site.Network.ProbeAsync(there, CancellationToken.None)).Should().BeTrue();
        (await cut.ReadCountersAsync(CancellationToken.None)).Should().BeEmpty();
        cut.Broken.Should().BeNull();
        (await site.TablesAsync()).Should().BeEmpty();
    }

    private static async Task OutliveTheLease(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync();
        await using var cut = await site.Network.CutAsync([site.Link(0, 1), site.Link(1, 0)], CancellationToken.None);

        await Task.Delay(LinkLeases.Lease + TimeSpan.FromSeconds(2));

        (await site.Network.ProbeAsync(site.Link(0, 1), CancellationToken.None)).Should().BeFalse();
        (await site.Network.ProbeAsync(site.Link(1, 0), CancellationToken.None)).Should().BeFalse();
        cut.Broken.Should().BeNull();
        (await cut.ReadCountersAsync(CancellationToken.None)).Should().HaveCount(2);
    }

    private static async Task KillTheHelper(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync();
        await using var cut = await site.Network.CutAsync([site.Link(0, 1)], CancellationToken.None);

        Native.Signal(site.HelperOn("k-2"), Native.SigKill);

        await StackInside.UntilAsync("the cut to know", 5, () => cut.Broken is not null);
        cut.Broken.Should().Contain("node helper on k-2").And.Contain("undone");
        await StackInside.UntilAsync("the kernel to heal it", 15, () => site.Network.ProbeAsync(site.Link(0, 1), CancellationToken.None));
        (await cut.ReadCountersAsync(CancellationToken.None)).Should().BeEmpty();

        // What is left of the table does not stand in the way of the next cut.
        await using var next = await site.Network.CutAsync([site.Link(0, 1)], CancellationToken.None);
        (await site.Network.ProbeAsync(site.Link(0, 1), CancellationToken.None)).Should().BeFalse();
        next.Broken.Should().BeNull();
    }

    private static async Task StopTheHelper(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync();
        await using var cut = await site.Network.CutAsync([site.Link(0, 1)], CancellationToken.None);
        var helper = site.HelperOn("k-2");

        Native.Signal(helper, Native.SigStop);
        await StackInside.UntilAsync("the cut to know", 20, () => cut.Broken is not null);
        await Task.Delay(TimeSpan.FromSeconds(2));
        Native.Signal(helper, Native.SigCont);

        (await site.Network.ProbeAsync(site.Link(0, 1), CancellationToken.None)).Should().BeTrue();
    }

    private static async Task SilenceTheHarness(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync();
        // A second harness cuts, and stops: all that this one sees of it is the kernel's table.
        using var other = site.StartOtherHarness();
        await StackInside.UntilAsync("the other's cut", 10, async () => (await site.TablesAsync()).Count == 1);

        Native.Signal(other.Id, Native.SigStop);

        await StackInside.UntilAsync("the helper to undo it", 20, async () => (await site.TablesAsync()).Count == 0);
        (await site.Network.ProbeAsync(site.Link(0, 1), CancellationToken.None)).Should().BeTrue();
        other.Kill();
        await other.WaitForExitAsync();
    }

    private static async Task ReplaceThePod(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync();
        await using var cut = await site.Network.CutAsync([site.Link(0, 1)], CancellationToken.None);

        site.Replace(0);
        await cut.ReadCountersAsync(CancellationToken.None);

        cut.Broken.Should().Be("a-1 is another pod than the one that was cut off");
    }

    private static async Task CutTheMachine(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync();
        site.MoveToTheMachine(1);

        var cutting = () => site.Network.CutAsync([site.Link(0, 1)], CancellationToken.None);

        await cutting.Should().ThrowAsync<HarnessException>().WithMessage("*pod b-1 shares the network of its Kubernetes node*");
    }

    private static async Task LeaveNothing(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync();
        await site.Network.CutAsync([site.Link(0, 1), site.Link(1, 0)], CancellationToken.None);
        await site.Processes.FreezeAsync(site.Pod(2), TimeSpan.FromMinutes(5), CancellationToken.None);
        (await site.TablesAsync()).Should().HaveCount(2);

        await site.Helpers.DisposeAsync();

        (await site.TablesAsync()).Should().BeEmpty();
        Signals.IsStopped(site.ProcessOf(2)).Should().BeFalse();
    }

    private static async Task FreezeAndKillTheHelper(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync();
        await site.Processes.FreezeAsync(site.Pod(1), TimeSpan.FromMinutes(5), CancellationToken.None);
        Signals.IsStopped(site.ProcessOf(1)).Should().BeTrue();

        Native.Signal(site.HelperOn("k-2"), Native.SigKill);

        await StackInside.UntilAsync("the guard to wake it", 3, () => !Signals.IsStopped(site.ProcessOf(1)));
    }

    private static async Task FreezeAndStopTheHelper(SandboxInterior interior, string[] arguments)
    {
        await using var site = await Site.MakeAsync();
        await site.Processes.FreezeAsync(site.Pod(1), TimeSpan.FromSeconds(3), CancellationToken.None);
        var helper = site.HelperOn("k-2");

        Native.Signal(helper, Native.SigStop);

        await StackInside.UntilAsync("the guard to wake it", 8, () => !Signals.IsStopped(site.ProcessOf(1)));
        Native.Signal(helper, Native.SigKill);
    }

    /// <summary>Three pods on two Kubernetes nodes: a-1 and c-1 on k-1, b-1 on k-2.</summary>
    internal sealed class Site : IPodDirectory, IAsyncDisposable
    {
        private readonly List<Process> _sleepers = [];
        private readonly List<PodIdentity> _pods = [];
        private readonly Dictionary<string, int> _helperProcesses = [];
        private readonly StarNetwork _star;
        private readonly IReadOnlyList<INode> _nodes;
        private readonly DirectoryInfo _cgroups;

        private Site(StarNetwork star, IReadOnlyList<INode> nodes, DirectoryInfo cgroups)
        {
            (_star, _nodes, _cgroups) = (star, nodes, cgroups);
            Helpers = new NodeHelpers(new OpeningKubectl(OpenHelper), (node, _) => ValueTask.FromResult(node), TimeProvider.System);
            Network = new ClusterNetwork(Helpers, this, knowsServices: true);
            Processes = new PodProcesses(Helpers);
        }

        public NodeHelpers Helpers { get; }

        public ClusterNetwork Network { get; }

        public PodProcesses Processes { get; }

        private static string Assembly => System.Reflection.Assembly.GetExecutingAssembly().Location;

        public static async Task<Site> MakeAsync()
        {
            var (star, nodes) = await StackInside.LayStarAsync(3);
            var site = new Site(star, nodes, Directory.CreateDirectory(Path.Combine(SandboxPaths.Root, "cgroups")));
            for (var index = 0; index < nodes.Count; index++)
            {
                site._pods.Add(RecordedCgroups.Pod(nodes[index].Name) with { Address = nodes[index].Address, KubernetesNode = index == 1 ? "k-2" : "k-1" });
                var sleeper = Children.Start(new ProcessStartInfo(
                    ProgramFinder.Require("nsenter"), [$"--net={star.Of(nodes[index].Name).Path}", "--", "sleep", "3600"]));
                site._sleepers.Add(sleeper);
                site.Put(sleeper.Id, site._pods[index]);
                var there = star.Of(nodes[index].Name).Identity;
                await StackInside.UntilAsync("the pod's process", 5, () => new FileInfo($"/proc/{sleeper.Id}/ns/net").LinkTarget == there);
            }

            return site;
        }

        public Link Link(int from, int to) => new(_nodes[from], _nodes[to]);

        public PodIdentity Pod(int index) => _pods[index];

        public int ProcessOf(int index) => _sleepers[index].Id;

        public int HelperOn(string kubernetesNode) => _helperProcesses[kubernetesNode];

        public void Replace(int index) => _pods[index] = _pods[index] with { Uid = Guid.NewGuid().ToString() };

        public void MoveToTheMachine(int index)
        {
            var sleeper = Children.Start(new ProcessStartInfo(ProgramFinder.Require("sleep"), ["3600"]));
            _sleepers.Add(sleeper);
            Replace(index);
            Put(sleeper.Id, _pods[index]);
        }

        public Process StartOtherHarness() => Children.Start(new ProcessStartInfo(
            DotnetHost.Program, [Assembly, "other-harness", _cgroups.FullName, _pods[0].Uid, $"{_pods[0].Address}", _pods[1].Uid, $"{_pods[1].Address}"]));

        public ValueTask<PodIdentity> FindAsync(INode node, CancellationToken cancellationToken) =>
            ValueTask.FromResult(_pods.Single(pod => pod.Name == node.Name));

        /// <summary>Returns the pods in whose namespaces there is a table.</summary>
        public async Task<IReadOnlyList<string>> TablesAsync()
        {
            var found = new List<string>();
            foreach (var node in _nodes)
            {
                var tables = await Tool.RunAsync(["nsenter", $"--net={_star.Of(node.Name).Path}", "--", "nft", "list", "tables"], null, CancellationToken.None);
                if (tables.Trim().Length > 0)
                {
                    found.Add(node.Name);
                }
            }

            return found;
        }

        public async ValueTask DisposeAsync()
        {
            await Helpers.DisposeAsync();
            foreach (var sleeper in _sleepers)
            {
                sleeper.Kill();
                await sleeper.WaitForExitAsync();
                sleeper.Dispose();
            }

            await _star.DisposeAsync();
        }

        /// <summary>What stands for <c>kubectl exec -i</c>: the helper itself.</summary>
        private ToolProcess OpenHelper(KubectlCommand command)
        {
            var before = ProcessTable.Read().Select(entry => entry.Pid).ToHashSet();
            var session = ToolProcess.Open(
                [DotnetHost.Program, Assembly, "node-helper", _cgroups.FullName], readsInput: true, new SecretMask(), TimeProvider.System);
            _helperProcesses[command.Arguments[2]] = ProcessTable.Read().First(entry => entry.Parent == Environment.ProcessId && !before.Contains(entry.Pid)).Pid;
            return session;
        }

        private void Put(int pid, PodIdentity pod) => File.WriteAllText(
            Path.Combine(_cgroups.CreateSubdirectory($"{pid}").FullName, "cgroup"),
            $"0::/kubepods/besteffort/pod{pod.Uid}/{RecordedCgroups.Container(pid)}\n");
    }
}
