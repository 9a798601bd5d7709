namespace Validation.Environments.Local.Doctor;

/// <summary>Something that the local environment needs, and whether it is there.</summary>
/// <param name="Name">What it is.</param>
/// <param name="State">Whether it is there.</param>
/// <param name="Seen">What was found: a version, a number, what the kernel said.</param>
/// <param name="Remedy">What to do about it; null when nothing need be done.</param>
/// <param name="Package">The Debian and Ubuntu package that would bring it; null when none would.</param>
public sealed record Prerequisite(
    string Name, PrerequisiteState State, string Seen, string? Remedy = null, string? Package = null);

/// <summary>Whether something that is needed is there.</summary>
public enum PrerequisiteState
{
    /// <summary>It is there.</summary>
    Met,

    /// <summary>The environment works without it, but not well.</summary>
    Doubtful,

    /// <summary>The environment does not work without it.</summary>
    Missing,
}
