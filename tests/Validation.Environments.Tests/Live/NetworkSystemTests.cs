using System.Net.Sockets;
using System.Net;
using Validation.Core.Stacks;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Network;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Live;

[Collection(SystemTests.Name)]
[Trait("Kind", "System")]
public sealed class NetworkSystemTests
{
    [SkippableTheory]
    [InlineData(As.Root)]
    [InlineData(As.OrdinaryUser)]
    public Task Star_OfTwelveNodes_IsLaidWithinASecondAndEveryoneReachesEveryone(As user) => InsideAsync(user, ReachEveryone);

    [SkippableTheory]
    [InlineData(As.Root)]
    [InlineData(As.OrdinaryUser)]
    public Task Cut_OneDirection_DropsExactlyThereAndCountsExactlyThere(As user) => InsideAsync(user, CutOneWay);

    [SkippableFact]
    public Task Cut_BesideAnotherWayByIPv6_IsFoundOut()
    {
        Skip.IfNot(File.Exists("/proc/net/if_inet6"), "the kernel has no IPv6");
        return InsideAsync(As.Root, CutBesideIPv6);
    }

    [SkippableFact]
    public Task Cut_TcpConnection_IsSilentInsteadOfRefused() => InsideAsync(As.OrdinaryUser, CutTcp);

    [SkippableTheory]
    [InlineData(As.Root)]
    [InlineData(As.OrdinaryUser)]
    public Task Cut_OfANode_SilencesEveryAddressOfItAndNoOther(As user) => InsideAsync(user, CutFiftyAddresses);

    [SkippableFact]
    public Task Socket_ManyAreMadeAtOnce_NoThreadButOneIsInTheNodesNamespace() => InsideAsync(As.OrdinaryUser, MakeManySockets);

    [SkippableFact]
    public Task Cut_Overlapping_StaysUntilTheLastOneHeals() => InsideAsync(As.OrdinaryUser, CutTwice);

    [SkippableFact]
    public Task Cut_LongerThanItsLease_IsKeptByRenewal() => InsideAsync(As.OrdinaryUser, OutliveTheLease);

    [SkippableFact]
    public async Task Cut_HarnessIsStoppedForLongerThanTheLease_HealsInTheKernelAndSaysSo()
    {
        Sandboxed.SkipUnlessPossible(As.OrdinaryUser);
        using var sandboxed = Sandboxed.Start(As.OrdinaryUser, WaitUntilBroken);
        await sandboxed.FirstLine.WaitAsync(TimeSpan.FromSeconds(20));
        var inner = Leftovers.Below(sandboxed.Outer.Id)[1];

        Native.Signal(inner, Native.SigStop);
        await Task.Delay(LinkLeases.Lease + TimeSpan.FromSeconds(1));
        Native.Signal(inner, Native.SigCont);
        await sandboxed.WaitForExitAsync();

        sandboxed.Outer.ExitCode.Should().Be(0, sandboxed.Output);
    }

    [SkippableFact]
    public Task Cut_RuleIsRemovedBehindOurBack_IsBroken() => InsideAsync(As.OrdinaryUser, RemoveTheRule);

    [SkippableFact]
    public Task Cut_TableIsRemovedBehindOurBack_IsBrokenAndHealsWithoutError() => InsideAsync(As.OrdinaryUser, RemoveTheTable);

    [SkippableFact]
    public Task Dispose_StarWithCuts_LeavesNoNamespaceNoCableNoTable() => InsideAsync(As.OrdinaryUser, TakeEverythingDown);

    private static async Task InsideAsync(As user, Func<SandboxInterior, string[], Task> body)
    {
        Sandboxed.SkipUnlessPossible(user);
        await Sandboxed.RunAsync(user, body);
    }

    private static async Task ReachEveryone(SandboxInterior interior, string[] arguments)
    {
        var begun = DateTime.UtcNow;
        var (star, nodes) = await StackInside.LayStarAsync(12);
        (DateTime.UtcNow - begun).Should().BeLessThan(TimeSpan.FromSeconds(1));
        await using var end = star;

        foreach (var link in from a in nodes from b in nodes where a != b select new Link(a, b))
        {
            (await ProbeAsync(star, link)).Should().BeTrue(link.ToString());
        }
    }

    private static async Task CutOneWay(SandboxInterior interior, string[] arguments)
    {
        var (star, nodes) = await StackInside.LayStarAsync(3);
        await using var end = star;
        await using var leases = await LinkLeases.CreateAsync(new Netfilter(), StarNetwork.Cuts, TimeProvider.System, CancellationToken.None);
        var (there, back, elsewhere) = (new Link(nodes[0], nodes[1]), new Link(nodes[1], nodes[0]), new Link(nodes[0], nodes[2]));

        await using var cut = await leases.CutAsync([there], CancellationToken.None);

        (await ProbeAsync(star, there)).Should().BeFalse();
        (await ProbeAsync(star, back)).Should().BeTrue();
        (await ProbeAsync(star, elsewhere)).Should().BeTrue();
        var counted = await cut.ReadCountersAsync(CancellationToken.None);
        counted.Should().ContainSingle().Which.Should().Be(new DroppedPackets(there, 3), "the probe sends three datagrams");
        (await new Netfilter().ReadAsync(StarNetwork.Cuts.Table, CancellationToken.None)).Hits.Keys.Should().Equal(AddressPair.Of(new Traffic(there)));

        await cut.HealAsync(CancellationToken.None);

        (await ProbeAsync(star, there)).Should().BeTrue();
        (await cut.ReadCountersAsync(CancellationToken.None)).Should().BeEmpty();
        cut.Broken.Should().BeNull();
    }

    private static async Task CutBesideIPv6(SandboxInterior interior, string[] arguments)
    {
        var (star, nodes) = await StackInside.LayStarAsync(2);
        await using var end = star;
        await using var leases = await LinkLeases.CreateAsync(new Netfilter(), StarNetwork.Cuts, TimeProvider.System, CancellationToken.None);
        var there = new Link(nodes[0], nodes[1]);
        await using var cut = await leases.CutAsync([there], CancellationToken.None);
        (await ProbeAsideAsync(star, there)).Should().BeFalse();

        await File.WriteAllTextAsync("/proc/sys/net/ipv6/conf/all/forwarding", "1");
        foreach (var node in nodes)
        {
            var (cable, address) = ($"node{StarAddresses.NumberOf(node.Address)}", $"fd00::{StarAddresses.NumberOf(node.Address)}");
            await Tool.RunAsync(["ip", "-6", "-batch", "-"], $"addr add fe80::1/64 dev {cable} nodad\nroute add {address}/128 dev {cable}\n", CancellationToken.None);
            await Tool.RunAsync(
                ["ip", "-6", "-n", node.Name, "-batch", "-"], $"addr add {address}/128 dev eth0\nroute add default via fe80::1 dev eth0\n", CancellationToken.None);
        }

        await StackInside.UntilAsync("the way by IPv6 to be open", 5, () => ProbeAsideAsync(star, there));
        (await ProbeAsync(star, there)).Should().BeFalse("that way is cut");
        cut.Broken.Should().BeNull("nothing is wrong with the cut itself");
    }

    private static async Task CutTcp(SandboxInterior interior, string[] arguments)
    {
        var (star, nodes) = await StackInside.LayStarAsync(2);
        await using var end = star;
        await using var leases = await LinkLeases.CreateAsync(new Netfilter(), StarNetwork.Cuts, TimeProvider.System, CancellationToken.None);
        using var listener = star.Of("b-1").CreateSocket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(nodes[1].Address, 0));
        listener.Listen();
        var target = (IPEndPoint)listener.LocalEndPoint!;
        await (await star.Of("a-1").DialAsync(target, CancellationToken.None)).DisposeAsync();

        await using var cut = await leases.CutAsync([new Link(nodes[0], nodes[1])], CancellationToken.None);

        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        var dialling = async () => await star.Of("a-1").DialAsync(target, limit.Token);
        await dialling.Should().ThrowAsync<OperationCanceledException>("a partition does not answer, not even with an error");
    }

    private static async Task CutFiftyAddresses(SandboxInterior interior, string[] arguments)
    {
        var (star, nodes) = await StackInside.LayStarAsync(3);
        await using var end = star;
        using var listener = star.Of("b-1").CreateSocket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(nodes[1].Address, 0));
        listener.Listen();
        IPAddress[] OthersOf(INode node) => [.. Enumerable.Range(0, 50).Select(number => StarAddresses.Other(node.Address, (uint)number * 1_310))];
        Task<IPAddress[]> SeenAsync(INode from) => AnsweredAsync(star.Of(from.Name), OthersOf(from), listener);
        (await SeenAsync(nodes[0])).Should().Equal(OthersOf(nodes[0]), "the listener tells them apart");

        // A table that knows nodes by one address alone: its cut is proven by datagrams, and everybody else gets through.
        await using (var blind = await LinkLeases.CreateAsync(new Netfilter(), StarNetwork.Cuts with { ToNode = string.Empty }, TimeProvider.System, CancellationToken.None))
        {
            await using var nothing = await blind.CutAsync([new Link(nodes[0], nodes[1])], CancellationToken.None);
            (await ProbeAsync(star, new Link(nodes[0], nodes[1]))).Should().BeFalse();
            (await SeenAsync(nodes[0])).Should().HaveCount(50);
        }

        await using var leases = await LinkLeases.CreateAsync(new Netfilter(), StarNetwork.Cuts, TimeProvider.System, CancellationToken.None);
        var cut = await leases.CutAsync([new Link(nodes[0], nodes[1])], CancellationToken.None);

        (await SeenAsync(nodes[0])).Should().BeEmpty();
        (await SeenAsync(nodes[2])).Should().Equal(OthersOf(nodes[2]), "they are another node's");
        (await cut.ReadCountersAsync(CancellationToken.None)).Should().ContainSingle().Which.Packets.Should().BeGreaterThanOrEqualTo(50);

        await cut.HealAsync(CancellationToken.None);

        (await SeenAsync(nodes[0])).Should().Equal(OthersOf(nodes[0]));
    }

    private static async Task MakeManySockets(SandboxInterior interior, string[] arguments)
    {
        var (star, _) = await StackInside.LayStarAsync(2);
        await using var end = star;
        var node = star.Of("a-1");

        // What the pool is given it may need another thread for; one that the node's thread started would be the node's too.
        var given = ThreadPool.CompletedWorkItemCount;
        for (var number = 0; number < 200; number++)
        {
            node.CreateSocket(SocketType.Dgram, ProtocolType.Udp).Dispose();
        }

        (ThreadPool.CompletedWorkItemCount - given).Should().BeLessThan(100, "a socket takes nothing of the pool");
        Directory.GetDirectories("/proc/self/task").Count(thread => new FileInfo($"{thread}/ns/net").LinkTarget == node.Identity).Should().Be(1);
    }

    /// <summary>Dials from each address at once and returns what the listener sees of those that get through, in their order.</summary>
    private static async Task<IPAddress[]> AnsweredAsync(NodeNamespace from, IPAddress[] sources, Socket listener)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        var seen = await Task.WhenAll(sources.Select(async source =>
        {
            try
            {
                await using var near = await from.DialAsync((IPEndPoint)listener.LocalEndPoint!, limit.Token, source);
                using var far = await listener.AcceptAsync();
                return ((IPEndPoint)far.RemoteEndPoint!).Address;
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }));
        return [.. seen.OfType<IPAddress>().OrderBy(address => Array.IndexOf(sources, address))];
    }

    private static async Task CutTwice(SandboxInterior interior, string[] arguments)
    {
        var (star, nodes) = await StackInside.LayStarAsync(2);
        await using var end = star;
        await using var leases = await LinkLeases.CreateAsync(new Netfilter(), StarNetwork.Cuts, TimeProvider.System, CancellationToken.None);
        var link = new Link(nodes[0], nodes[1]);
        var first = await leases.CutAsync([link], CancellationToken.None);
        await ProbeAsync(star, link);
        var second = await leases.CutAsync([link], CancellationToken.None);

        await first.HealAsync(CancellationToken.None);

        (await ProbeAsync(star, link)).Should().BeFalse();
        (await second.ReadCountersAsync(CancellationToken.None)).Should().Equal(new DroppedPackets(link, 3));
        await second.HealAsync(CancellationToken.None);
        (await ProbeAsync(star, link)).Should().BeTrue();
    }

    private static async Task OutliveTheLease(SandboxInterior interior, string[] arguments)
    {
        var (star, nodes) = await StackInside.LayStarAsync(2);
        await using var end = star;
        await using var leases = await LinkLeases.CreateAsync(new Netfilter(), StarNetwork.Cuts, TimeProvider.System, CancellationToken.None);
        var link = new Link(nodes[0], nodes[1]);
        await using var cut = await leases.CutAsync([link], CancellationToken.None);
        await ProbeAsync(star, link);

        await Task.Delay(LinkLeases.Lease + TimeSpan.FromSeconds(2));

        (await ProbeAsync(star, link)).Should().BeFalse();
        cut.Broken.Should().BeNull();
        (await cut.ReadCountersAsync(CancellationToken.None)).Should().ContainSingle()
            .Which.Should().Be(new DroppedPackets(link, 6), "renewals do not reset the counter");
    }

    private static async Task WaitUntilBroken(SandboxInterior interior, string[] arguments)
    {
        var (star, nodes) = await StackInside.LayStarAsync(2);
        await using var end = star;
        await using var leases = await LinkLeases.CreateAsync(new Netfilter(), StarNetwork.Cuts, TimeProvider.System, CancellationToken.None);
        var link = new Link(nodes[0], nodes[1]);
        await using var cut = await leases.CutAsync([link], CancellationToken.None);
        Console.WriteLine("cut");

        await StackInside.UntilAsync("the cut to know that it lapsed", 30, () => cut.Broken is not null);

        cut.Broken.Should().Contain("lapsed");
        (await ProbeAsync(star, link)).Should().BeTrue("a lapsed fault is never put back");
    }

    private static async Task RemoveTheRule(SandboxInterior interior, string[] arguments)
    {
        var (star, nodes) = await StackInside.LayStarAsync(2);
        await using var end = star;
        await using var leases = await LinkLeases.CreateAsync(new Netfilter(), StarNetwork.Cuts, TimeProvider.System, CancellationToken.None);
        await using var cut = await leases.CutAsync([new Link(nodes[0], nodes[1])], CancellationToken.None);

        await Tool.RunAsync(["nft", "flush", "chain", "inet", "validation", "forward"], null, CancellationToken.None);

        await StackInside.UntilAsync("the next renewal to see it", 4, () => cut.Broken is not null);
        cut.Broken.Should().Contain("rules");
    }

    private static async Task RemoveTheTable(SandboxInterior interior, string[] arguments)
    {
        var (star, nodes) = await StackInside.LayStarAsync(2);
        await using var end = star;
        await using var leases = await LinkLeases.CreateAsync(new Netfilter(), StarNetwork.Cuts, TimeProvider.System, CancellationToken.None);
        var cut = await leases.CutAsync([new Link(nodes[0], nodes[1])], CancellationToken.None);

        await Tool.RunAsync(["nft", "delete", "table", "inet", "validation"], null, CancellationToken.None);

        await StackInside.UntilAsync("the next renewal to see it", 4, () => cut.Broken is not null);
        await cut.HealAsync(CancellationToken.None);
        (await ProbeAsync(star, new Link(nodes[0], nodes[1]))).Should().BeTrue();
    }

    private static async Task TakeEverythingDown(SandboxInterior interior, string[] arguments)
    {
        var (star, nodes) = await StackInside.LayStarAsync(3);
        var leases = await LinkLeases.CreateAsync(new Netfilter(), StarNetwork.Cuts, TimeProvider.System, CancellationToken.None);
        await leases.CutAsync([new Link(nodes[0], nodes[1])], CancellationToken.None);

        await leases.DisposeAsync();
        await star.DisposeAsync();

        (await Tool.RunAsync(["ip", "netns", "list"], null, CancellationToken.None)).Trim().Should().BeEmpty();
        (await Tool.RunAsync(["nft", "list", "tables"], null, CancellationToken.None)).Trim().Should().BeEmpty();
        await StackInside.UntilAsync("the cables to go with their namespaces", 2, async () =>
            !(await Tool.RunAsync(["ip", "-o", "link"], null, CancellationToken.None)).Contains("veth", StringComparison.Ordinal)
            && (await Tool.RunAsync(["ip", "-o", "link"], null, CancellationToken.None)).Trim().Split('\n').Length == 1);
    }

    private static Task<bool> ProbeAsideAsync(StarNetwork star, Link link) =>
        ReachabilityProbe.TryAsideAsync(star.Of(link.From.Name), star.Of(link.To.Name), TimeProvider.System, CancellationToken.None);

    private static Task<bool> ProbeAsync(StarNetwork star, Link link) =>
        ReachabilityProbe.TryAsync(star.Of(link.From.Name), star.Of(link.To.Name), TimeProvider.System, CancellationToken.None);
}
