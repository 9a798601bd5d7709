using System.Net;
using System.Text.Json;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.NetworkPolicies;
using Validation.Environments.Tests.Cluster.Kit;

namespace Validation.Environments.Tests.Cluster.NetworkPolicies;

public sealed class PolicyNetworkTests : IPodDirectory, INetworkControl
{
    private static readonly Place A = new("a-1", "10.0.0.2");
    private static readonly Place B = new("b-1", "10.0.0.3");
    private static readonly Place C = new("c-1", "10.0.0.4");

    private readonly RecordingKubectl _kubectl = new RecordingKubectl()
        .Answer("apply", "applied").Answer("label", "labelled").Answer("delete", "deleted").Answer("get networkpolicy", "networkpolicy/x");

    private readonly Dictionary<string, string> _uids = [];
    private readonly PolicyNetwork _network;

    public PolicyNetworkTests() => _network = new PolicyNetwork(_kubectl, this, this, "run-7");

    [Fact]
    public async Task Cut_OneDirection_IsAPolicyForTheReceiverAndThenItsLabel()
    {
        await using var cut = await _network.CutAsync([new Link(A, B)], CancellationToken.None);

        _kubectl.Lines.Select(line => line.Split(" --")[0]).Should().Equal(
            "spire-validation: apply", "spire-validation: label pod b-1 validation/cut=b-1");
        var policy = Applied(0);
        policy.GetProperty("metadata").GetProperty("labels").ToString().Should().Contain("\"app.kubernetes.io/part-of\":\"validation\"").And.Contain("run-7");
        policy.GetProperty("spec").GetProperty("podSelector").ToString().Should().Be("""{"matchLabels":{"validation/cut":"b-1"}}""");
        Except(policy).Should().Equal("10.0.0.2/32");
        cut.CountsPackets.Should().BeFalse();
        (await cut.ReadCountersAsync(CancellationToken.None)).Should().BeEmpty();
        cut.Broken.Should().BeNull();
    }

    [Fact]
    public async Task Cut_TwiceForOneReceiver_IsOnePolicyBecauseTwoWouldAllowEachOthersCuts()
    {
        var first = await _network.CutAsync([new Link(A, B)], CancellationToken.None);
        var second = await _network.CutAsync([new Link(C, B), new Link(A, B)], CancellationToken.None);

        Except(Applied(1)).Should().Equal("10.0.0.2/32", "10.0.0.4/32");
        await first.HealAsync(CancellationToken.None);
        Except(Applied(2)).Should().Equal("10.0.0.2/32", "10.0.0.4/32");
        await second.HealAsync(CancellationToken.None);
        _kubectl.Lines.TakeLast(2).Should().Equal(
            "spire-validation: label pod b-1 validation/cut-", "spire-validation: delete networkpolicy validation-cut-b-1 --ignore-not-found");
    }

    [Fact]
    public async Task Cut_BothWays_ChangesBothReceivers()
    {
        await using var cut = await _network.CutAsync([new Link(A, B), new Link(B, A)], CancellationToken.None);

        _kubectl.Lines.Where(line => line.Contains("label", StringComparison.Ordinal)).Should().HaveCount(2);
    }

    [Fact]
    public async Task Cut_ApiServerRefuses_SaysWhyAndLeavesNothing()
    {
        _kubectl.Fail("apply", "networkpolicies is forbidden");

        var cutting = () => _network.CutAsync([new Link(A, B)], CancellationToken.None);

        await cutting.Should().ThrowAsync<HarnessException>().WithMessage("*networkpolicies is forbidden*");
        _kubectl.Lines.Last().Should().Contain("delete networkpolicy validation-cut-b-1");
    }

    [Fact]
    public async Task Heal_PodIsGone_Succeeds()
    {
        var cut = await _network.CutAsync([new Link(A, B)], CancellationToken.None);
        _kubectl.Fail("label pod b-1 validation/cut-", "Error from server (NotFound): pods \"b-1\" not found");

        await cut.Invoking(healed => healed.HealAsync(CancellationToken.None)).Should().NotThrowAsync();
    }

    [Fact]
    public async Task ReadCounters_PolicyWasDeletedBehindOurBack_IsBroken()
    {
        await using var cut = await _network.CutAsync([new Link(A, B)], CancellationToken.None);
        _kubectl.Fail("get networkpolicy", "NotFound");

        await cut.ReadCountersAsync(CancellationToken.None);

        cut.Broken.Should().Be("NetworkPolicy validation-cut-b-1 cannot be seen any more: NotFound");
    }

    [Fact]
    public async Task ReadCounters_PodWasReplaced_IsBroken()
    {
        await using var cut = await _network.CutAsync([new Link(A, B)], CancellationToken.None);
        _uids["a-1"] = "another";

        await cut.ReadCountersAsync(CancellationToken.None);

        cut.Broken.Should().Be("a-1 is another pod than the one that was cut off");
    }

    ValueTask<PodIdentity> IPodDirectory.FindAsync(INode node, CancellationToken cancellationToken) => ValueTask.FromResult(new PodIdentity
    {
        Name = node.Name,
        Uid = _uids.GetValueOrDefault(node.Name, node.Name),
        KubernetesNode = "k-1",
        Address = node.Address,
    });

    public Task<INetworkCut> CutAsync(IReadOnlyCollection<Link> links, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> ProbeAsync(Link link, CancellationToken cancellationToken) => Task.FromResult(true);

    private static IEnumerable<string?> Except(JsonElement policy) => policy.GetProperty("spec").GetProperty("ingress")[0].GetProperty("from")[0]
        .GetProperty("ipBlock").GetProperty("except").EnumerateArray().Select(block => block.GetString());

    private JsonElement Applied(int index)
    {
        var input = _kubectl.Commands.Where(command => command.Arguments[0] == "apply").ElementAt(index).Input!;
        return JsonDocument.Parse(input).RootElement.GetProperty("items")[0];
    }

    private sealed record Place(string Name, string Text) : INode
    {
        public string Role => Roles.Workload;

        public IPAddress Address => IPAddress.Parse(Text);

        public NodeStatus Status { get; } = new(NodeState.Ready, 0, 1);
    }
}
