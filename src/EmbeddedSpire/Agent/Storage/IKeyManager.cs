namespace EmbeddedSpire.Agent.Storage;

/// <summary>Makes and keeps the keys of the agent's own SVID. There are two places for them, which take turns.</summary>
internal interface IKeyManager
{
    /// <summary>Gets its name in configurations.</summary>
    string Name { get; }

    /// <summary>Gets the keys that are there.</summary>
    IReadOnlyList<AgentKey> Keys { get; }

    /// <summary>Makes a key, in the place that is not that of the key in use.</summary>
    /// <param name="inUse">The key in use; null when there is none.</param>
    /// <exception cref="IOException">It cannot be kept.</exception>
    AgentKey Generate(AgentKey? inUse);
}
