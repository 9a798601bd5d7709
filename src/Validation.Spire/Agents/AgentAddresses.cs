namespace Validation.Spire.Agents;

/// <summary>The addresses from which the agents of a population connect.</summary>
internal enum AgentAddresses
{
    /// <summary>All from the workload node's own.</summary>
    Shared,

    /// <summary>Each from one that no other agent has.</summary>
    OneEach,
}
