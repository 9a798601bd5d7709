namespace Validation.Scenarios;

/// <summary>What an environment file says about a cluster.</summary>
public sealed record EnvironmentFile
{
    /// <summary>Gets the kubeconfig file as it is written, <c>~</c> included.</summary>
    /// <value>Null when the command line must say it.</value>
    public string? Kubeconfig { get; init; }

    /// <summary>Gets the context.</summary>
    /// <value>Null when the command line must say it.</value>
    public string? Context { get; init; }

    /// <summary>Gets the contexts in which the harness may act; at least one.</summary>
    public required IReadOnlyList<string> AllowedContexts { get; init; }

    /// <summary>Gets the namespace of the stack.</summary>
    /// <value>Null for the environment's default.</value>
    public string? Namespace { get; init; }

    /// <summary>Gets which SPIRE is deployed; one of <see cref="EnvironmentFileReader.SpireWords"/>.</summary>
    public required string Spire { get; init; }

    /// <summary>Gets how network links are cut; one of <see cref="EnvironmentFileReader.CutWords"/>.</summary>
    public required string Cut { get; init; }

    /// <summary>Gets the stack that is there already.</summary>
    /// <value>Null when the harness deploys one.</value>
    public ExistingStackFile? Existing { get; init; }

    /// <summary>Gets the images to use instead of the usual ones, by name.</summary>
    public required IReadOnlyDictionary<string, string> Images { get; init; }
}
