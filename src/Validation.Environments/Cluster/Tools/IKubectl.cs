namespace Validation.Environments.Cluster.Tools;

/// <summary>The <c>kubectl</c> program, with the kubeconfig, the context and the namespace already chosen.</summary>
/// <remarks>The only way to a cluster: whatever authentication or proxy a user's kubectl has, the harness has too.</remarks>
internal interface IKubectl
{
    /// <summary>Gets the cluster and the namespace that every command is about.</summary>
    KubectlTarget Target { get; }

    /// <summary>Returns the same program for another namespace of the same cluster.</summary>
    /// <param name="name">The namespace; empty for commands on objects that each name their own.</param>
    IKubectl InNamespace(string name);

    /// <summary>Returns the same program without a cluster, for commands that only turn texts into others.</summary>
    IKubectl WithoutCluster() => this;

    /// <summary>Runs a command to its end.</summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <returns>What it printed, also when it failed.</returns>
    /// <exception cref="HarnessException">There is no kubectl, it took longer than the command's limit, or printed too much.</exception>
    Task<ToolAnswer> RunAsync(KubectlCommand command, CancellationToken cancellationToken);

    /// <summary>Starts a command that goes on: <c>exec -i</c>, <c>port-forward</c>, <c>get --watch</c>.</summary>
    /// <param name="command">The command.</param>
    /// <exception cref="HarnessException">There is no kubectl.</exception>
    IToolSession Open(KubectlCommand command);
}
