using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Local;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Local.Nodes;

public sealed class StackLayoutTests
{
    [Fact]
    public void Nodes_DefaultStack_HaveAddressesInOrder() =>
        TestStacks.Layout().Nodes.Select(node => $"{node.Name} {node.Address}").Should().Equal(
            "dcs-1 10.2.0.1",
            "postgres-1 10.3.0.1",
            "postgres-2 10.4.0.1",
            "pooler-1 10.5.0.1",
            "load-balancer-1 10.6.0.1",
            "spire-server-1 10.7.0.1",
            "spire-server-2 10.8.0.1",
            "spire-server-3 10.9.0.1",
            "spire-agent-1 10.10.0.1",
            "spire-agent-2 10.11.0.1",
            "workload-1 10.12.0.1");

    [Theory]
    [InlineData(Roles.Dns)]
    [InlineData(Roles.Dcs)]
    [InlineData(Roles.Pooler)]
    [InlineData(Roles.LoadBalancer)]
    [InlineData(Roles.Workload)]
    public void Layout_TwoOfWhatThereIsOneOf_IsRefused(string role)
    {
        var counts = new Dictionary<string, int>(StackSpec.Default.Counts) { [role] = 2 };

        var laying = () => TestStacks.Layout(new StackSpec { Counts = counts });

        laying.Should().Throw<HarnessException>().WithMessage($"stack: {role} is 2; in 'local' at most 1 is allowed.")
            .Which.ExitCode.Should().Be(ExitCode.InvalidInput);
    }

    [Theory]
    [InlineData(Roles.Dcs, Roles.Postgres)]
    [InlineData(Roles.Pooler, Roles.SpireServer)]
    [InlineData(Roles.SpireServer, Roles.SpireAgent)]
    public void Layout_SomethingIsMissing_SaysWhoNeedsIt(string missing, string user)
    {
        var counts = new Dictionary<string, int>(StackSpec.Default.Counts) { [missing] = 0 };

        var laying = () => TestStacks.Layout(new StackSpec { Counts = counts });

        laying.Should().Throw<HarnessException>().WithMessage($"stack: {missing} is 0, but {user} is * and needs at least 1.");
    }

    [Fact]
    public void Describe_DefaultStack_SaysWhatCanBeDoneToEachNode()
    {
        var shape = new LocalEnvironment(new LocalOptions(), TimeProvider.System).Describe(StackSpec.Default);

        shape.Can.Should().BeEquivalentTo(
            [
                typeof(INetworkControl), typeof(ILinkImpairment), typeof(IConnectionControl), typeof(IDatabaseCluster), typeof(IDatabaseControl),
                typeof(IBalancerControl), typeof(ISpireStack), typeof(ISpireControl), typeof(ISourceAddresses), typeof(IWorkerStack), typeof(IAgentConnections),
            ]);
        Type[] process =
            [typeof(IKillable), typeof(IStoppable), typeof(IErasable), typeof(IPausable), typeof(IProcessorControl), typeof(ILimitable), typeof(IStorageControl)];
        shape.Nodes.Single(node => node.Role == Roles.Pooler).Can.Should().BeEquivalentTo(process);
        shape.Nodes.Single(node => node.Name == "spire-server-3").Can.Should().BeEquivalentTo([.. process, typeof(IClockControl), typeof(IReleaseControl)], "it is the embedded SPIRE");
        shape.Nodes.Single(node => node.Role == Roles.Workload).Can.Should().BeEmpty();
    }

    [Fact]
    public void Describe_DatabaseAlone_GivesNoAccessToSpire() =>
        new LocalEnvironment(new LocalOptions(), TimeProvider.System).Describe(TestStacks.Database).Can.Should().NotContain(typeof(ISpireStack));

    [Fact]
    public void Describe_StackWithAndWithoutNames_LetsThemBeSilencedOnlyWhereThereAreSome()
    {
        var environment = new LocalEnvironment(new LocalOptions(), TimeProvider.System);

        environment.Describe(TestStacks.Spec((Roles.Dns, 1))).Can.Should().Contain(typeof(INameControl));
        environment.Describe(TestStacks.NetworkOnly).Can.Should().NotContain(typeof(INameControl));
    }

    [Fact]
    public async Task Up_OutsideOfASandbox_IsAMistakeOfTheCaller()
    {
        var up = () => new LocalEnvironment(new LocalOptions(), TimeProvider.System).UpAsync(
            StackSpec.Default, new DirectoryInfo("/"), new Progress<string>(), CancellationToken.None);

        await up.Should().ThrowAsync<InvalidOperationException>();
    }
}
