namespace EmbeddedSpire.Configuration;

/// <summary>The configuration cannot be used. The message lists every problem with its place, one per line.</summary>
internal sealed class ConfigurationException : Exception
{
    public ConfigurationException(string message)
        : base(message)
    {
    }

    public ConfigurationException(HclPosition position, string problem)
        : base($"{position}: {problem}")
    {
    }
}
