using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Local;
using Validation.Environments.Local.Nodes;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Live;

/// <summary>The whole stack, with programs in the place of SPIRE's that are small but as particular about their order.</summary>
[Collection(SystemTests.Name)]
[Trait("Kind", "System")]
public sealed partial class StackSystemTests
{
    private static readonly string[] Programs = ["etcd", "patroni", "postgres", "pgbouncer", "haproxy"];

    [SkippableTheory]
    [InlineData(As.Root)]
    [InlineData(As.OrdinaryUser)]
    public async Task Up_DefaultStack_IsReadyInTimeAndGoesDownWithinTwoSeconds(As user)
    {
        Sandboxed.SkipUnlessPossible(user, Programs);

        await Sandboxed.RunAsync(user, UseAll);
    }

    [SkippableTheory]
    [InlineData(As.Root)]
    [InlineData(As.OrdinaryUser)]
    public async Task Up_KilledAtAnyInstant_NothingIsLeft(As user)
    {
        Sandboxed.SkipUnlessPossible(user, Programs);
        foreach (var milliseconds in (int[])[500, 900, 1400, 2000, 3000, 4500, 7000])
        {
            var leftovers = new Leftovers();
            using var sandboxed = Sandboxed.Start(user, ComeUp);
            await Task.Delay(milliseconds);
            var below = Leftovers.Below(sandboxed.Outer.Id);
            var namespaces = below.SelectMany(leftovers.NamespacesOf).ToHashSet();

            sandboxed.Outer.Kill();
            await sandboxed.WaitForExitAsync();

            await leftovers.ShouldBeNoneAsync(namespaces, [sandboxed.Outer.Id, .. below]);
        }
    }

    [SkippableFact]
    public async Task Up_NodeThatCannotStart_IsNamedWithItsLogAndTakesTheRestWithIt()
    {
        Sandboxed.SkipUnlessPossible(As.OrdinaryUser, Programs);

        await Sandboxed.RunAsync(As.OrdinaryUser, FailToComeUp);
    }

    [SkippableFact]
    public async Task Up_AgainInTheSameSandbox_FindsACleanPlace()
    {
        Sandboxed.SkipUnlessPossible(As.OrdinaryUser, Programs);

        await Sandboxed.RunAsync(As.OrdinaryUser, ComeUpTwice);
    }

    private static async Task UseAll(SandboxInterior interior, string[] arguments)
    {
        var watch = Stopwatch.StartNew();
        await using var stack = await Start(arguments, MiniaturePrograms()).RunAsync(interior.Stopping);
        Console.WriteLine($"up after {watch.Elapsed}");
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(45), "it takes about 12 s when nobody else uses the machine");

        stack.Nodes.Should().OnlyContain(node => node.Status.State == NodeState.Ready && node.Status.Restarts == 0);
        stack.Flavor.Should().Be("miniature SPIRE");
        stack.Facts.Should().ContainKeys("kernel", "processors", "memory", "etcd", "patroni", "postgres").And.Contain("spire", "miniature SPIRE");
        (await stack.GetMembersAsync(CancellationToken.None)).Should().Contain(member => member.IsSynchronous);
        (await stack.ReadEntryIdsAsync(CancellationToken.None)).Should().HaveCount(3, "each server has made one, through the pooler");
        await EveryServerIsBehindTheLoadBalancerAsync(stack);
        await AddressesThatKeepTheirServerAreSpreadAsync(stack);
        ItsAgentsAreKnownByTheirCertificates(stack);
        SecretsAreWhereTheyBelong(arguments[0]);

        watch.Restart();
        await stack.DisposeAsync();
        Console.WriteLine($"down after {watch.Elapsed}");
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(2));
        Directory.GetDirectories("/run/validation/stack").Should().BeEmpty();
    }

    private static async Task EveryServerIsBehindTheLoadBalancerAsync(LocalStack stack)
    {
        var seen = new HashSet<string>();
        for (var i = 0; i < 30; i++)
        {
            seen.Add(await ReadNameAsync(stack, stack.LoadBalancedApi));
        }

        seen.Should().BeEquivalentTo(stack.Servers.Select(server => server.Node.Name));
        foreach (var server in stack.Servers)
        {
            (await ReadNameAsync(stack, server.Api)).Should().Be(server.Node.Name);
            await using var admin = await server.DialAdmin(CancellationToken.None);
        }
    }

    private static async Task AddressesThatKeepTheirServerAreSpreadAsync(LocalStack stack)
    {
        await stack.HoldAffinityAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        var sources = Enumerable.Range(0, 30).Select(_ => stack.NextSourceAddress()).ToArray();
        sources.Should().OnlyHaveUniqueItems();
        HashSet<string> fromOne = [], fromEach = [];
        for (var i = 0; i < sources.Length; i++)
        {
            fromOne.Add(await ReadNameAsync(stack, stack.LoadBalancedApi));
        }

        foreach (var source in sources)
        {
            fromEach.Add(await ReadNameAsync(stack, stack.LoadBalancedApi, source));
        }

        fromOne.Should().ContainSingle();
        fromEach.Should().BeEquivalentTo(stack.Servers.Select(server => server.Node.Name));
        await stack.HoldAffinityAsync(TimeSpan.Zero, CancellationToken.None);
    }

    private static async Task<string> ReadNameAsync(LocalStack stack, IPEndPoint api, IPAddress? source = null)
    {
        await using var stream = source is null ? await stack.DialAsync(api, CancellationToken.None) : await stack.DialAsync(source, api, CancellationToken.None);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync();
    }

    private static void ItsAgentsAreKnownByTheirCertificates(LocalStack stack)
    {
        stack.Agents.Should().HaveCount(2);
        stack.Agents.Select(agent => agent.AgentId).Should().OnlyHaveUniqueItems()
            .And.OnlyContain(id => AgentId().IsMatch(id));
        stack.Agents.Should().OnlyContain(agent => agent.CallerSelector == "unix:uid:0");
        stack.NodeAuthority.HasPrivateKey.Should().BeTrue();
    }

    private static void SecretsAreWhereTheyBelong(string logs)
    {
        var configurations = Directory.GetFiles("/run/validation/stack", "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".yaml" or ".ini" or ".txt" or ".conf" or ".key")
            .Where(file => !file.Contains("/data/", StringComparison.Ordinal))
            .ToArray();
        configurations.Should().OnlyContain(file => File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        var secrets = configurations.SelectMany(file => Password().Matches(File.ReadAllText(file)).Select(match => match.Value)).Distinct().ToArray();
        secrets.Should().HaveCountGreaterThanOrEqualTo(4);
        Directory.GetFiles(logs).Should().HaveCount(10).And.OnlyContain(
            file => !secrets.Any(secret => File.ReadAllText(file).Contains(secret, StringComparison.Ordinal)));
    }

    private static async Task ComeUp(SandboxInterior interior, string[] arguments)
    {
        await using var stack = await Start(arguments, MiniaturePrograms()).RunAsync(interior.Stopping);
        await Task.Delay(TimeSpan.FromMinutes(1));
    }

    private static async Task FailToComeUp(SandboxInterior interior, string[] arguments)
    {
        var broken = MiniaturePrograms() with { Agent = ["/bin/sh", "-c", "echo cannot live like this; exit 1"] };

        var starting = () => Start(arguments, broken).RunAsync(interior.Stopping);

        (await starting.Should().ThrowAsync<HarnessException>()).Which.Message.Should()
            .MatchRegex("spire-agent-[12] ended 3 times before it was ready").And.Contain("cannot live like this");
        Validation.Environments.Local.Programs.ProcessTable.Read().Should().ContainSingle("everything that was started was taken down");
        Directory.GetFileSystemEntries("/run/netns").Should().BeEmpty();
    }

    private static async Task ComeUpTwice(SandboxInterior interior, string[] arguments)
    {
        for (var round = 0; round < 2; round++)
        {
            await using var stack = await StackInside.UpAsync(interior, arguments, TestStacks.Database);
            var cluster = (IDatabaseCluster)stack;
            // A replica whose receiver is just being restarted does not know its timeline.
            await StackInside.UntilAsync("the timeline of a new cluster", 5, async () =>
                (await cluster.GetMembersAsync(CancellationToken.None)).All(member => member.Timeline == 1));
        }
    }

    private static StackStart Start(string[] arguments, SpirePrograms programs) => new(
        new StackLayout(StackSpec.Default, Directory.CreateDirectory("/run/validation/stack"), StackSecrets.Make()),
        programs,
        new DirectoryInfo(arguments[0]),
        new SocketBundleSource(),
        TimeProvider.System,
        new ToConsole());

    private static SpirePrograms MiniaturePrograms() => new(
        Sandboxed.CommandFor(As.Root, ["server"]), Sandboxed.CommandFor(As.Root, ["agent"]), "miniature SPIRE");

    [GeneratedRegex("^spiffe://validation.test/spire/agent/x509pop/[0-9a-f]{40}$")]
    private static partial Regex AgentId();

    [GeneratedRegex("\\b[0-9a-f]{32}\\b")]
    private static partial Regex Password();

    private sealed class ToConsole : IProgress<string>
    {
        public void Report(string value) => Console.WriteLine($"{DateTime.UtcNow:HH:mm:ss.fff} {value}");
    }
}
