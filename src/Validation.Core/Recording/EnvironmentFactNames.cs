namespace Validation.Core.Recording;

/// <summary>The names of those environment facts that reports look for; all others are only listed.</summary>
public static class EnvironmentFactNames
{
    /// <summary>Which SPIRE was tested, as <see cref="Stacks.ISpireStack.Flavor"/> words it.</summary>
    public const string Spire = "spire";

    /// <summary>The wall-clock time at which the run began: ISO 8601, UTC.</summary>
    public const string StartedAt = "started at";

    /// <summary>The options of the command line that say where and with what it ran, as a shell would take them.</summary>
    public const string Options = "options";
}
