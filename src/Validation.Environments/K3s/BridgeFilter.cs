using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.K3s;

/// <summary>Sees to it that packets between pods of one Kubernetes node meet the packet filter.</summary>
/// <remarks>
/// They go over a bridge. Without the kernel's module br_netfilter a pod does not get its answers from a Service whose pod is on
/// the same Kubernetes node, and no NetworkPolicy holds between the two. K3s loads the module where it finds it, which is why
/// the nodes see <c>/lib/modules</c>; engines since 27.3 load it no more.
/// </remarks>
internal static class BridgeFilter
{
    private const string Switch = "/proc/sys/net/bridge/bridge-nf-call-iptables";

    /// <summary>Returns the question whether a Kubernetes node filters such packets: <c>1</c> when it does.</summary>
    /// <param name="container">Its container.</param>
    public static DockerCommand Ask(string container) => K3sCommands.Print(container, Switch);

    /// <summary>Looks at every Kubernetes node of a cluster, whose kubelets are ready.</summary>
    /// <param name="docker">The program.</param>
    /// <param name="names">The cluster's names.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <exception cref="HarnessException">One of them does not; the hint says how to load the module.</exception>
    public static async Task RequireAsync(IDocker docker, K3sNames names, CancellationToken cancellationToken)
    {
        foreach (var node in K3sNames.Nodes)
        {
            var answer = await docker.RunAsync(Ask(names.Container(node)), cancellationToken);
            var value = answer.Succeeded ? answer.Output.Trim() : "absent";
            if (value != "1")
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed,
                    $"{node} does not filter packets between its own pods: {Switch} is {value}. Services on the same Kubernetes node would not answer, and NetworkPolicies would not hold.",
                    "Load the kernel's module on the machine of the Docker engine: modprobe br_netfilter.");
            }
        }
    }
}
