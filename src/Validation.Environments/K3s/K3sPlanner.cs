using Validation.Core.Running;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.K3s;

/// <summary>Writes down the commands of a throw-away cluster, from the same places from which a run takes them.</summary>
internal sealed class K3sPlanner
{
    /// <summary>What stands for the path of the kubeconfig, which exists only while the cluster does.</summary>
    public const string Kubeconfig = "KUBECONFIG";

    private const string Subnet = "SUBNET-THAT-THE-ENGINE-FOUND";
    private static readonly K3sNames Names = new("RUN", "PROCESS");

    private readonly RequiredImages _images;

    /// <summary>Creates the planner.</summary>
    /// <param name="images">The images.</param>
    public K3sPlanner(RequiredImages images) => _images = images;

    /// <summary>Returns the commands that make the containers.</summary>
    public ClusterPlanSection MakeCluster() => new(
        "make the cluster",
        [
            .. _images.Loads().Select(load => $"{load}"),
            $"{K3sCommands.MakeNetwork(Names, null)}   # the engine finds free addresses",
            $"{K3sCommands.AskSubnets(Names)}",
            $"{K3sCommands.RemoveNetwork(Names.Network)}",
            $"{K3sCommands.MakeNetwork(Names, Subnet)}",
            .. K3sNames.Nodes.Select(MakeNode),
            $"{K3sCommands.Start(K3sNames.Nodes.Select(Names.Container))}",
        ]);

    /// <summary>Returns the commands that get the cluster ready.</summary>
    public ClusterPlanSection GetReady()
    {
        var server = Names.Container(K3sNames.Server);
        return new ClusterPlanSection(
            "get it ready",
            [
                $"{K3sCommands.Print(server, "/etc/rancher/k3s/k3s.yaml")}   # {Kubeconfig}, kept in memory",
                $"{K3sCommands.AskApiPort(server)}",
                .. K3sNames.Nodes.Select(node => $"{K3sCommands.SaveImages(_images.OfStack)} | {K3sCommands.ImportImages(Names.Container(node))}"),
                $"{BridgeFilter.Ask(server)}   # and in the others: 1, or the run is refused",
                .. K3sStart.Lines(new KubectlTarget(Kubeconfig, K3sCluster.Context, string.Empty)),
            ]);
    }

    /// <summary>Returns those faults of a plan that hit Kubernetes nodes.</summary>
    /// <param name="plan">The plan.</param>
    public static IReadOnlyList<PlannedFault> OnKubernetesNodes(Plan plan) => [.. plan.Faults.Where(fault => Hit(fault).Any())];

    /// <summary>Returns the commands of those faults that hit Kubernetes nodes.</summary>
    /// <param name="plan">The plan.</param>
    public static IEnumerable<ClusterPlanSection> Faults(Plan plan) => OnKubernetesNodes(plan).Select(fault => new ClusterPlanSection(
        $"fault {fault.Kind} in {fault.Phase}: {string.Join(", ", fault.Targets.Select(target => $"{target.Key} {target.Value}"))}",
        [.. Hit(fault).SelectMany(node => Commands(fault.Kind, Names.Container(node)))]));

    /// <summary>Returns the commands that remove everything.</summary>
    public static ClusterPlanSection RemoveCluster() => new(
        "remove it, also when the harness is killed",
        [
            $"{K3sCommands.RemoveContainers(K3sNames.Nodes.Select(Names.Container))}",
            $"{K3sCommands.RemoveNetwork(Names.Network)}",
        ]);

    // A target is written as a node's name, or as a selector that is resolved when the fault fires: then it may be any.
    private static IEnumerable<string> Hit(PlannedFault fault) => K3sNames.Nodes.Where(node => fault.Targets.Values.Any(target =>
        target.Contains(node, StringComparison.Ordinal) || target.Contains(Roles.KubernetesNode, StringComparison.Ordinal)));

    private static IEnumerable<string> Commands(string kind, string container) => kind switch
    {
        "partition" => [$"{NodeNetwork.AskHardwareAddress(container)}", $"{HeldRules.Command(container, "ID", "PREROUTING", [NodeNetwork.RuleFor("HARDWARE-ADDRESS")])}"],
        "pause" => [$"{DockerCommand.Write("pause", container)}", $"{DockerCommand.Write("unpause", container)}"],
        _ => [$"{DockerCommand.Write(kind, container)}", $"{K3sCommands.Start(container)}"],
    };

    private string MakeNode(string node) =>
        $"{K3sCommands.MakeNode(Names, node, $"ADDRESS-OF-{node}", _images, string.Empty)}   # its standard input: K3S_TOKEN";
}
