using System.Net;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Tests.Kit;

/// <summary>Stacks and nodes for tests.</summary>
internal static class TestStacks
{
    public static readonly StackSecrets Secrets = new("secret-of-superuser", "secret-of-replication", "secret-of-rewind", "secret-of-spire", "secret-of-harness");

    public static readonly StackSpec NetworkOnly = Spec((Roles.Workload, 1));

    public static readonly StackSpec Database = Spec(
        (Roles.Dcs, 1), (Roles.Postgres, 2), (Roles.LoadBalancer, 1), (Roles.Pooler, 1), (Roles.Workload, 1));

    public static StackSpec Spec(params (string Role, int Count)[] counts) =>
        new() { Counts = counts.ToDictionary(count => count.Role, count => count.Count) };

    public static StackLayout Layout(StackSpec? spec = null) =>
        new(spec ?? StackSpec.Default, new DirectoryInfo("/run/validation/stack"), Secrets);

    public static NodePlace Place(this StackLayout layout, string name) => layout.Nodes.Single(node => node.Name == name);

    public static INode Node(string name, string address) => new FixedNode(name, IPAddress.Parse(address));

    private sealed record FixedNode(string Name, IPAddress Address) : INode
    {
        public string Role => Name[..Name.LastIndexOf('-')];

        public NodeStatus Status { get; } = new(NodeState.Ready, 0, 1);
    }
}
