namespace Validation.Environments.Cluster.Tools;

/// <summary>One call of kubectl.</summary>
/// <param name="Arguments">The arguments after kubeconfig, context and namespace.</param>
/// <param name="Input">What is written to its standard input: a manifest. Never printed, because manifests hold secrets.</param>
/// <param name="Writes">True when it changes the cluster. A plan does all that do not, and only names those that do.</param>
internal sealed record KubectlCommand(IReadOnlyList<string> Arguments, string? Input = null, bool Writes = false)
{
    /// <summary>Gets how long it may take; it is killed afterwards. Does not hold for commands that are opened.</summary>
    /// <value>Defaults to one minute.</value>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Returns a command that only reads.</summary>
    /// <param name="arguments">Its arguments.</param>
    public static KubectlCommand Read(params string[] arguments) => new(arguments);

    /// <summary>Returns the command that reads an object, and prints nothing when there is none.</summary>
    /// <param name="kind">Its kind, as kubectl writes it: <c>namespace</c>.</param>
    /// <param name="name">Its name.</param>
    public static KubectlCommand Find(string kind, string name) => Read("get", kind, name, "--ignore-not-found", "-o", "json");

    /// <summary>Returns a command that changes the cluster.</summary>
    /// <param name="arguments">Its arguments.</param>
    public static KubectlCommand Write(params string[] arguments) => new(arguments, Writes: true);

    /// <inheritdoc/>
    public override string ToString() => ShellLine.Of(["kubectl", .. Arguments]);
}
