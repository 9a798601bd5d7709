using System.Text.Json.Serialization;

namespace Validation.Core.Running;

/// <summary>What the nodes of the stack used for some seconds; recorded where the environment can tell, while a capacity is searched for.</summary>
public sealed record StackUse : Fact
{
    /// <summary>Gets the time that this is about; it ends with the event.</summary>
    [JsonPropertyName("overMs")]
    [JsonConverter(typeof(MillisecondsConverter))]
    public required TimeSpan Over { get; init; }

    /// <summary>Gets how many processors each node kept busy, in the mean.</summary>
    public required IReadOnlyList<NodeUse> Nodes { get; init; }

    /// <summary>Gets how many processors the nodes and the harness share; null when each node has its own.</summary>
    public double? SharedProcessors { get; init; }

    /// <summary>Gets how many clients waited for a connection of the pool; null when nobody could tell.</summary>
    public int? WaitingClients { get; init; }

    /// <summary>Gets how many of SPIRE's connections to the database were in the middle of something; null when nobody could tell.</summary>
    public int? BusyConnections { get; init; }

    /// <summary>Gets how many connections all SPIRE servers may open.</summary>
    public int? ConnectionsAllowed { get; init; }
}

/// <summary>What a node used.</summary>
/// <param name="Node">The node.</param>
/// <param name="Role">Its role.</param>
/// <param name="Processors">How many processors it kept busy.</param>
/// <param name="Allowed">How many it may use; null for all of its machine.</param>
public sealed record NodeUse(string Node, string Role, double Processors, double? Allowed = null);
