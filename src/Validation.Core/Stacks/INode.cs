using System.Net;

namespace Validation.Core.Stacks;

/// <summary>One instance of a role with its own address. What can be done to it is told by the interfaces it implements.</summary>
public interface INode
{
    /// <summary>Gets the name, for example <c>spire-server-2</c>.</summary>
    string Name { get; }

    /// <summary>Gets the role; one of <see cref="Roles"/>.</summary>
    string Role { get; }

    /// <summary>Gets the address in the stack's network.</summary>
    IPAddress Address { get; }

    /// <summary>Gets what the node is doing right now.</summary>
    NodeStatus Status { get; }
}
