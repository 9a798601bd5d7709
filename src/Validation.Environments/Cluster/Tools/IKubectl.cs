namespace Validation.Environments.Cluster.Tools;

/// <summary>The <c>kubectl</c> program, with the kubeconfig, the context and the namespace already chosen.</summary>
/// <remarks>The only way to a cluster: whatever authentication or proxy a user's kubectl has, the harness has too.</remarks>
internal interface IKubectl
{
    /// <summary>Runs a command to its end.</summary>
    /// <param name="command">The command.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <returns>What it printed, also when it failed.</returns>
    /// <exception cref="HarnessException">There is no kubectl.</exception>
    Task<ToolAnswer> RunAsync(KubectlCommand command, CancellationToken cancellationToken);

    /// <summary>Starts a command that goes on: <c>exec -i</c>, <c>port-forward</c>, <c>get --watch</c>.</summary>
    /// <param name="command">The command.</param>
    /// <exception cref="HarnessException">There is no kubectl.</exception>
    IToolSession Open(KubectlCommand command);
}
