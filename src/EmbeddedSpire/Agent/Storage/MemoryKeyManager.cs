namespace EmbeddedSpire.Agent.Storage;

/// <summary>Keeps keys as long as the process lives.</summary>
internal sealed class MemoryKeyManager : IKeyManager
{
    private readonly Dictionary<string, AgentKey> _keys = [];

    public string Name => "memory";

    public IReadOnlyList<AgentKey> Keys => [.. _keys.Values];

    public AgentKey Generate(AgentKey? inUse)
    {
        var key = AgentKey.After(inUse);
        return _keys[key.Id] = key;
    }
}
