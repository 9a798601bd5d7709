using Validation.Core.Stacks;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Live;

/// <summary>The name server of a stack, with nothing else in it.</summary>
[Collection(SystemTests.Name)]
[Trait("Kind", "System")]
public sealed class NameSystemTests
{
    [SkippableTheory]
    [InlineData(As.Root)]
    [InlineData(As.OrdinaryUser)]
    public async Task Names_OfAStackThatHasThem_AreAnsweredToEveryProgramInItUntilTheWayIsCut(As user)
    {
        Sandboxed.SkipUnlessPossible(user, "dnsmasq");
        var before = await File.ReadAllTextAsync("/etc/resolv.conf");

        await Sandboxed.RunAsync(user, AskAndCut);

        (await File.ReadAllTextAsync("/etc/resolv.conf")).Should().Be(before, "what the sandbox reads is its own");
    }

    private static async Task AskAndCut(SandboxInterior interior, string[] arguments)
    {
        await using var stack = await StackInside.UpAsync(interior, arguments, TestStacks.Spec((Roles.Dns, 1), (Roles.Workload, 1)));
        var (names, network) = ((INameControl)stack, (INetworkControl)stack);
        var (server, workload) = (stack.Nodes.Single(node => node.Role == Roles.Dns), stack.Nodes.Single(node => node.Role == Roles.Workload));

        (await names.TryLookUpAsync(workload, CancellationToken.None)).Should().BeTrue();
        (await AskAsync("dns-1.validation.internal")).Output.Should().StartWith(server.Address.ToString(), "the C library asks the same server");
        (await AskAsync("nobody.validation.internal")).ExitCode.Should().NotBe(0);

        await using (var cut = await network.CutAsync([new Link(workload, server)], CancellationToken.None))
        {
            (await names.TryLookUpAsync(workload, CancellationToken.None)).Should().BeFalse();
            (await AskAsync("dns-1.validation.internal")).ExitCode.Should().NotBe(0);
            (await cut.ReadCountersAsync(CancellationToken.None)).Single().Packets.Should().BeGreaterThan(3, "the C library has asked too");
        }

        (await names.TryLookUpAsync(workload, CancellationToken.None)).Should().BeTrue();
    }

    private static Task<ToolResult> AskAsync(string name) =>
        Tool.TryRunAsync(["nsenter", $"--net={SandboxPaths.NetworkNamespaces}/workload-1", "--", "getent", "ahostsv4", name], null, Tool.DefaultLimit, CancellationToken.None);
}
