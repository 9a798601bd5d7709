using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>What the faults share that servers do to agents.</summary>
internal static class SpireAgents
{
    /// <summary>The agents that are hit.</summary>
    public static readonly Parameter<Selector> Target = Parameters.Target("target", "The SPIRE agents that are hit.", "spire-agent/any");

    /// <summary>How long an agent may take until it is told: it syncs every 5 s, and less often after failures.</summary>
    public static readonly TimeSpan NoticesWithin = TimeSpan.FromSeconds(60);

    /// <summary>Objects to a target that is no agent.</summary>
    /// <param name="fault">The fault, with <see cref="Target"/>.</param>
    /// <param name="shape">The stack.</param>
    public static string? ObjectionToTarget(FaultSpec fault, StackShape shape) =>
        CommonParameters.ObjectionToTarget(fault, shape, Roles.SpireAgent, "SPIRE agent");

    /// <summary>Returns the SPIFFE id of an agent.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="node">The agent's node.</param>
    public static string IdOf(IStack stack, INode node) => ((ISpireStack)stack).Agents.Single(agent => agent.Node == node).AgentId;

    /// <summary>Says whether an agent has attested anew and serves its workloads.</summary>
    /// <param name="node">The agent's node.</param>
    /// <param name="agent">What SPIRE knows of it.</param>
    /// <param name="before">The serial number of the SVID that it had before.</param>
    public static Proof ProveServed(INode node, AttestedAgent? agent, string before) =>
        agent is null ? Proof.NotYet($"{node.Name} has not attested again yet; it is {node.Status.State}.")
        : agent.IsBanned || agent.SerialNumber == before ? Proof.NotYet($"{node.Name} has no new SVID yet; it is {node.Status.State}.")
        : node.Status.State != NodeState.Ready ? Proof.NotYet($"{node.Name} has attested again and is {node.Status.State}.")
        : Proof.Proven($"{node.Name} has attested again and is ready.");
}
