using System.Net;
using Validation.Core.Stacks;

namespace Validation.Environments.Local.Nodes;

/// <summary>The place in the network from which the load comes. Nothing runs there but sockets of the harness.</summary>
internal sealed class WorkloadNode : INode
{
    /// <summary>Creates the node.</summary>
    /// <param name="place">Where it is.</param>
    public WorkloadNode(NodePlace place) => (Name, Address) = (place.Name, place.Address);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Role => Roles.Workload;

    /// <inheritdoc/>
    public IPAddress Address { get; }

    /// <inheritdoc/>
    public NodeStatus Status { get; } = new(NodeState.Ready, 0, 1);
}
