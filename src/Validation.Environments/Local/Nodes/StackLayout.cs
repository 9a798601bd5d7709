using System.Net;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Local.Network;

namespace Validation.Environments.Local.Nodes;

/// <summary>Which nodes a stack has, and where everything of theirs is. Nothing of it exists yet.</summary>
internal sealed class StackLayout
{
    // One of them is what the parts that refer to them can name; PostgreSQL and SPIRE are what may be many.
    private static readonly string[] AtMostOne = [Roles.Dns, Roles.Dcs, Roles.Pooler, Roles.LoadBalancer, Roles.Workload];

    private static readonly (string Role, string[] Needs)[] Dependencies =
    [
        (Roles.Postgres, [Roles.Dcs]),
        (Roles.LoadBalancer, [Roles.Postgres]),
        (Roles.Pooler, [Roles.LoadBalancer]),
        (Roles.SpireServer, [Roles.Pooler, Roles.Workload]),
        (Roles.SpireAgent, [Roles.SpireServer]),
    ];

    /// <summary>Lays a stack out.</summary>
    /// <param name="spec">What the scenario asks for.</param>
    /// <param name="root">The directory for everything the nodes write, except their logs.</param>
    /// <param name="secrets">The stack's passwords.</param>
    /// <exception cref="HarnessException">The environment cannot have such a stack.</exception>
    public StackLayout(StackSpec spec, DirectoryInfo root, StackSecrets secrets)
    {
        (Spec, Secrets) = (spec, secrets);
        Refuse(spec);
        Nodes =
        [
            .. spec.NodeNames().Select((node, index) => new NodePlace(
                node.Name, node.Role, StarAddresses.Of(index), new DirectoryInfo(Path.Combine(root.FullName, node.Name)))),
        ];
    }

    /// <summary>Gets what the scenario asks for.</summary>
    public StackSpec Spec { get; }

    /// <summary>Gets the stack's passwords.</summary>
    public StackSecrets Secrets { get; }

    /// <summary>Gets the nodes; what is used first, its users last.</summary>
    public IReadOnlyList<NodePlace> Nodes { get; }

    /// <summary>Returns the nodes of a role.</summary>
    /// <param name="role">The role.</param>
    public IReadOnlyList<NodePlace> OfRole(string role) => [.. Nodes.Where(node => node.Role == role)];

    /// <summary>Returns the node of a role that has just one.</summary>
    /// <param name="role">The role.</param>
    public NodePlace Only(string role) => Nodes.Single(node => node.Role == role);

    /// <summary>Returns what SPIRE is told to reach a node by: its name in a stack that has names, else its address.</summary>
    /// <param name="node">The node.</param>
    public string HostOf(NodePlace node) => OfRole(Roles.Dns).Count > 0 ? DnsNode.NameOf(node.Name) : node.Address.ToString();

    private static void Refuse(StackSpec spec)
    {
        foreach (var role in AtMostOne.Where(role => spec.Counts.GetValueOrDefault(role) > 1))
        {
            throw new HarnessException(
                ExitCode.InvalidInput, $"stack: {role} is {spec.Counts[role]}; in 'local' at most 1 is allowed.");
        }

        foreach (var (role, needs) in Dependencies.Where(dependency => spec.Counts.GetValueOrDefault(dependency.Role) > 0))
        {
            foreach (var need in needs.Where(need => spec.Counts.GetValueOrDefault(need) == 0))
            {
                throw new HarnessException(
                    ExitCode.InvalidInput, $"stack: {need} is 0, but {role} is {spec.Counts[role]} and needs at least 1.");
            }
        }
    }
}

/// <summary>One node and where it is.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">Its role.</param>
/// <param name="Address">Its address.</param>
/// <param name="Directory">Its directory.</param>
internal sealed record NodePlace(string Name, string Role, IPAddress Address, DirectoryInfo Directory)
{
    /// <summary>Returns the full path of a file in the node's directory.</summary>
    /// <param name="name">The file's name, or a path with slashes.</param>
    public string File(string name) => Path.Combine(Directory.FullName, name);
}
