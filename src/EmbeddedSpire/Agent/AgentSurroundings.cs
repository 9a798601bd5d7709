using EmbeddedSpire.Agent.Connection;

namespace EmbeddedSpire.Agent;

/// <summary>What an agent finds in the world and a test gives it instead.</summary>
internal sealed record AgentSurroundings
{
    /// <summary>Gets the clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Gets what draws the variation of pauses and of the lives of SVIDs; used by this agent only.</summary>
    public required Random Random { get; init; }

    /// <summary>Gets where names are looked up.</summary>
    public NameLookUp LookUp { get; init; } = NameLookUps.AskSystemAsync;
}
