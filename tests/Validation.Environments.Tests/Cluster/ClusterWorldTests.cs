using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Tests.Cluster.Kit;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Cluster;

/// <summary>What faults leave in the API server's objects is seen by the comparison before and after.</summary>
public sealed class ClusterWorldTests
{
    private const string Set = """{ "kind": "StatefulSet", "metadata": { "name": "spire-server" }, "spec": { "replicas": 3 } }""";
    private const string Pod = """{ "kind": "Pod", "metadata": { "name": "spire-server-1", "labels": { "validation/role": "spire-server" } } }""";

    private readonly RecordingKubectl _kubectl = new();

    [Fact]
    public async Task Read_NothingIsInForce_IsWhatWasDeployed() => (await ReadAsync([Set, Pod])).Should().Equal(new Dictionary<string, string>
    {
        ["number of pods of spire-server"] = "3",
        ["network policies"] = "none",
        ["pods that a policy cuts off"] = "none",
        ["cordoned Kubernetes nodes"] = "none",
        ["primaries of the database"] = "1",
    });

    [Theory]
    [InlineData("number of pods of spire-server", "2", """{ "kind": "StatefulSet", "metadata": { "name": "spire-server" }, "spec": { "replicas": 2 } }""")]
    [InlineData("network policies", "cut-1", Set, """{ "kind": "NetworkPolicy", "metadata": { "name": "cut-1" } }""")]
    [InlineData("pods that a policy cuts off", "pooler-1", Set, """{ "kind": "Pod", "metadata": { "name": "pooler-1", "labels": { "validation/cut": "pooler-1" } } }""")]
    public async Task Read_SomethingStaysChanged_ShowsIt(string thing, string expected, params string[] objects) =>
        (await ReadAsync(objects))[thing].Should().Be(expected);

    [Fact]
    public async Task Read_AKubernetesNodeStaysCordoned_ShowsIt() => (await ReadAsync([Set], "node/node-b\n"))["cordoned Kubernetes nodes"].Should().Be("node-b");

    private Task<IReadOnlyDictionary<string, string>> ReadAsync(string[] objects, string cordoned = "")
    {
        _kubectl.Answer("get statefulsets", $$"""{ "kind": "List", "items": [ {{string.Join(", ", objects)}} ] }""").Answer("get nodes", cordoned);
        DatabaseMember[] members = [new(TestStacks.Node("postgres-1", "10.0.0.1"), DatabaseRole.Primary, "running", 1, null, false)];
        return new ClusterWorld(_kubectl).ReadAsync(members, CancellationToken.None);
    }
}
