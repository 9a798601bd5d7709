using System.Globalization;
using Validation.Core.Stacks;
using Validation.Environments.Local.Impairing;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Network;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Live;

/// <summary>What the comparison before and after sees, and what it must not take for a difference.</summary>
[Collection(SystemTests.Name)]
[Trait("Kind", "System")]
public sealed class WorldSystemTests
{
    private static readonly string[] Programs = ["etcd", "patroni", "postgres", "pgbouncer", "haproxy", "tc"];

    [SkippableFact]
    public async Task Read_SomethingIsLeftBehind_IsADifferenceAndNoneOnceItIsGone()
    {
        Sandboxed.SkipUnlessPossible(As.OrdinaryUser, Programs);
        await Sandboxed.RunAsync(As.OrdinaryUser, LeaveThingsBehind);
    }

    [SkippableFact]
    public async Task Faults_OfTheNetworkBesideForeignRulesAndQueues_LeaveThemByteForByte()
    {
        Sandboxed.SkipUnlessPossible(As.OrdinaryUser, "tc");
        await Sandboxed.RunAsync(As.OrdinaryUser, WorkBesideForeignRules);
    }

    private static async Task LeaveThingsBehind(SandboxInterior interior, string[] arguments)
    {
        await using var stack = await StackInside.UpAsync(interior, arguments, TestStacks.Database);
        var members = await ((IDatabaseCluster)stack).GetMembersAsync(CancellationToken.None);
        var primary = members.Single(member => member.Role == DatabaseRole.Primary).Node;
        var replica = members.First(member => member.Role == DatabaseRole.Replica).Node;
        await using var session = await ((IDatabaseControl)stack).OpenAsync(primary, TimeSpan.FromMinutes(3), CancellationToken.None);
        await using var ofReplica = await ((IDatabaseControl)stack).OpenAsync(replica, TimeSpan.FromMinutes(3), CancellationToken.None);
        var before = await ((IStackWorld)stack).ReadWorldAsync(CancellationToken.None);
        var balancer = (IBalancerControl)stack;
        var pooler = stack.Nodes.Single(node => node.Role == Roles.Pooler);
        var process = int.Parse(
            (await Tool.RunAsync(["ip", "netns", "pids", pooler.Name], null, CancellationToken.None)).Split('\n')[0], CultureInfo.InvariantCulture);
        var limit = Native.ReadLimit(process, Native.OpenFiles);
        var sleeper = 0;

        foreach (var (thing, change, undo) in new (string, Func<Task>, Func<Task>)[]
        {
            ("rules of pooler-1", () => InAsync(pooler, "nft", "add table inet other"), () => InAsync(pooler, "nft", "delete table inet other")),
            ("rules of the router", () => NftAsync("add table inet other"), () => NftAsync("delete table inet other")),
            ("routes of pooler-1", () => InAsync(pooler, "ip", "route add blackhole 192.0.2.0/24"), () => InAsync(pooler, "ip", "route del blackhole 192.0.2.0/24")),
            ("routing policy of pooler-1", () => InAsync(pooler, "ip", "rule add fwmark 7 lookup main"), () => InAsync(pooler, "ip", "rule del fwmark 7 lookup main")),
            ("queues of pooler-1", () => InAsync(pooler, "tc", "qdisc add dev eth0 root tbf rate 1gbit burst 1mb latency 50ms"), () => InAsync(pooler, "tc", "qdisc del dev eth0 root")),
            ("frozen processes of pooler-1", () => SignalAsync(process, Native.SigStop), () => SignalAsync(process, Native.SigCont)),
            ("programs of pooler-1", async () => sleeper = await BeginSleepAsync(pooler), () => SignalAsync(sleeper, Native.SigKill)),
            ("start of pooler-1", () => ChooseAsync(pooler, NodeRelease.Next), () => ChooseAsync(pooler, NodeRelease.Own)),
            ("clock of pooler-1", () => File.WriteAllTextAsync($"{SandboxPaths.Root}/{pooler.Name}.clock", "+30\n"), () => File.WriteAllTextAsync($"{SandboxPaths.Root}/{pooler.Name}.clock", "+0\n")),
            ("triggers of the database", () => session.RunAsync("CREATE TEMP TABLE unseen (); CREATE TRIGGER left_behind BEFORE UPDATE ON unseen FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()", CancellationToken.None), () => session.RunAsync("DROP TABLE unseen", CancellationToken.None)),
            ("affinity of load-balancer-1", () => balancer.HoldAffinityAsync(TimeSpan.FromMinutes(3), CancellationToken.None), () => balancer.HoldAffinityAsync(TimeSpan.Zero, CancellationToken.None)),
            ("limits of pooler-1", () => LimitAsync(process, limit - 1), () => LimitAsync(process, limit)),
            ($"settings of {primary.Name}", () => session.RunAsync("ALTER SYSTEM SET work_mem = '5MB'", CancellationToken.None), () => session.RunAsync("ALTER SYSTEM RESET work_mem", CancellationToken.None)),
            ("tables of the database", () => session.RunAsync("CREATE TABLE public.left_behind ()", CancellationToken.None), () => session.RunAsync("DROP TABLE public.left_behind", CancellationToken.None)),
            ("functions of the database", () => session.RunAsync("CREATE FUNCTION public.left_behind() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'", CancellationToken.None), () => session.RunAsync("DROP FUNCTION public.left_behind()", CancellationToken.None)),
            ("password, as a digest of the database", () => session.RunAsync("CREATE TABLE pg_temp.was AS SELECT rolpassword FROM pg_authid WHERE rolname = 'spire'; ALTER ROLE spire PASSWORD 'other'", CancellationToken.None), () => session.RunAsync("DO $$ BEGIN EXECUTE format('ALTER ROLE spire PASSWORD %L', (SELECT rolpassword FROM pg_temp.was)); END $$", CancellationToken.None)),
        })
        {
            await change();
            (await DifferencesAsync(stack, before)).Should().Equal([thing], thing);
            await undo();
            await StackInside.UntilAsync($"{thing} to be as before", 10, async () => (await DifferencesAsync(stack, before)).Length == 0);
        }

        // Patroni resumes the replay at its next look.
        await StackInside.UntilAsync("the paused replay to be seen", 20, async () =>
        {
            await ofReplica.RunAsync("SELECT pg_wal_replay_pause()", CancellationToken.None);
            return (await DifferencesAsync(stack, before)).SequenceEqual([$"replay of {replica.Name}"]);
        });
        await ofReplica.RunAsync("SELECT pg_wal_replay_resume()", CancellationToken.None);
        await using (await ((IDatabaseControl)stack).OpenAsync(primary, TimeSpan.FromMinutes(1), CancellationToken.None))
        {
            (await DifferencesAsync(stack, before)).Should().Equal($"sessions of faults of {primary.Name}");
        }

        await using (await ((IStorageControl)pooler).FillAsync(TimeSpan.FromMinutes(1), CancellationToken.None))
        {
            (await DifferencesAsync(stack, before)).Should().Equal("disk of pooler-1");
        }

        await using (var cut = await ((INetworkControl)stack).CutAsync([new Link(pooler, primary)], CancellationToken.None))
        {
            (await DifferencesAsync(stack, before)).Should().Equal("rules of the router");
        }

        await using (var slow = await ((ILinkImpairment)stack).ImpairAsync([new Traffic(new Link(pooler, replica))], new Impairment { Delay = TimeSpan.FromMilliseconds(1) }, CancellationToken.None))
        {
            (await DifferencesAsync(stack, before)).Should().Equal("rules of the router");
        }

        // The way past the impairer stays, and nothing goes there.
        await StackInside.UntilAsync("everything to be as before", 10, async () => (await DifferencesAsync(stack, before)).Length == 0);
    }

    private static async Task WorkBesideForeignRules(SandboxInterior interior, string[] arguments)
    {
        var (star, nodes) = await StackInside.LayStarAsync(2);
        await using var end = star;
        await NftAsync("add table ip foreign\nadd chain ip foreign filter { type filter hook forward priority 5; }\nadd rule ip foreign filter ip saddr 192.0.2.1 counter drop");
        var device = $"node{StarAddresses.NumberOf(nodes[0].Address)}";
        await Tool.RunAsync(["tc", "qdisc", "add", "dev", device, "root", "tbf", "rate", "1gbit", "burst", "1mb", "latency", "50ms"], null, CancellationToken.None);
        var before = await ForeignAsync(device);

        await using (var impairments = new LinkImpairments(TimeProvider.System))
        {
            await using var leases = await LinkLeases.CreateAsync(new Netfilter(), StarNetwork.Cuts, TimeProvider.System, CancellationToken.None);
            var traffic = new Traffic(new Link(nodes[0], nodes[1]));
            await using var cut = await leases.CutAsync([traffic.Link], CancellationToken.None);
            await using var slow = await impairments.ImpairAsync([traffic], new Impairment { Delay = TimeSpan.FromMilliseconds(1) }, CancellationToken.None);
            await using var reset = await impairments.ResetAsync([traffic], TcpPackets.Opening, CancellationToken.None);
            (await ForeignAsync(device)).Should().Equal(before, "while faults are in force");
        }

        (await ForeignAsync(device)).Should().Equal(before, "when they are over");
        (await Tool.RunAsync(["nft", "list", "ruleset"], null, CancellationToken.None)).Should().Be(before[0], "nothing else is left either");
    }

    private static async Task<string[]> ForeignAsync(string device) =>
    [
        await Tool.RunAsync(["nft", "list", "table", "ip", "foreign"], null, CancellationToken.None),
        await Tool.RunAsync(["tc", "qdisc", "show", "dev", device], null, CancellationToken.None),
    ];

    private static async Task<string[]> DifferencesAsync(IStack stack, IReadOnlyDictionary<string, string> before)
    {
        var now = await ((IStackWorld)stack).ReadWorldAsync(CancellationToken.None);
        return [.. now.Keys.Union(before.Keys).Where(thing => now.GetValueOrDefault(thing) != before.GetValueOrDefault(thing)).Order(StringComparer.Ordinal)];
    }

    private static Task NftAsync(string script) => new Netfilter().ApplyAsync(script + "\n", CancellationToken.None);

    private static Task InAsync(INode node, string program, string arguments) =>
        Tool.RunAsync(["ip", "netns", "exec", node.Name, program, .. arguments.Split(' ')], null, CancellationToken.None);

    private static Task SignalAsync(int process, int signal)
    {
        Native.Signal(process, signal);
        return Task.CompletedTask;
    }

    private static async Task<int> BeginSleepAsync(INode node) => int.Parse(
        await Tool.RunAsync(["ip", "netns", "exec", node.Name, "sh", "-c", "sleep 180 >/dev/null 2>&1 & echo $!"], null, CancellationToken.None), CultureInfo.InvariantCulture);

    private static Task ChooseAsync(INode node, NodeRelease release)
    {
        ((IReleaseControl)node).Choose(release);
        return Task.CompletedTask;
    }

    private static Task LimitAsync(int process, long limit)
    {
        Native.SetSoftLimit(process, Native.OpenFiles, limit);
        return Task.CompletedTask;
    }
}
