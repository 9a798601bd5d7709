namespace Validation.Environments.Local;

/// <summary>How the local environment is used.</summary>
public sealed record LocalOptions
{
    /// <summary>Gets the directory with the programs of a SPIRE release, in it or in its <c>bin</c>.</summary>
    /// <value>Null, the default: the programs in PATH, or else the embedded SPIRE.</value>
    public DirectoryInfo? SpireDirectory { get; init; }

    /// <summary>Gets the directory with the release to which nodes can be rolled, likewise.</summary>
    /// <value>Null, the default: none, or the embedded SPIRE under another name where that is what runs.</value>
    public DirectoryInfo? NextSpireDirectory { get; init; }
}
