namespace Validation.Environments.Cluster.Tools;

/// <summary>Which cluster and which namespace. All three are passed with every command, so that no default of the user's can change the target.</summary>
/// <param name="Kubeconfig">The full path of the kubeconfig file.</param>
/// <param name="Context">The context in it.</param>
/// <param name="Namespace">The namespace; empty where every object names its own, because kubectl refuses any that names another.</param>
internal sealed record KubectlTarget(string Kubeconfig, string Context, string Namespace)
{
    /// <summary>Gets no cluster at all: an empty kubeconfig, so that none of the user's is read.</summary>
    public static KubectlTarget Nowhere { get; } = new("/dev/null", string.Empty, string.Empty);

    /// <summary>Returns the arguments that choose the target.</summary>
    public IReadOnlyList<string> Arguments() =>
        [.. new[] { ("kubeconfig", Kubeconfig), ("context", Context), ("namespace", Namespace) }
            .Where(choice => choice.Item2.Length > 0).Select(choice => $"--{choice.Item1}={choice.Item2}")];

    /// <summary>Returns a command as it would be typed into a shell. What goes to its standard input is not in it.</summary>
    /// <param name="command">The command.</param>
    public string Line(KubectlCommand command) => ShellLine.Of(["kubectl", .. Arguments(), .. command.Arguments]);
}
