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
                .. K3sNames.Nodes.Select(node => $"{K3sCommands.AskRuntime(Names.Container(node))}   # until it answers"),
                .. _images.Portions.SelectMany(Transfer),
                .. K3sStart.Lines(new KubectlTarget(Kubeconfig, K3sCluster.Context, string.Empty), Names),
            ]);
    }

    /// <summary>Returns the commands of a fault that hits Kubernetes nodes; null when it hits none.</summary>
    /// <param name="fault">The fault.</param>
    public static ClusterPlanSection? OnKubernetesNodes(PlannedFault fault)
    {
        string[] lines = [.. Hit(fault).SelectMany(node => Commands(fault, Names.Container(node)))];
        return lines.Length == 0 ? null : new ClusterPlanSection(
            $"fault {fault.Kind} in {fault.Phase}: {string.Join(", ", fault.Targets.Select(target => $"{target.Key} {target.Value}"))}", lines);
    }

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

    // Only faults whose targets are stopped, killed, paused or cut off can hit a machine.
    private static IEnumerable<string> Commands(PlannedFault fault, string container) => fault.Kind switch
    {
        "partition" => [$"{NodeNetwork.AskHardwareAddress(container)}", $"{HeldRules.Command(container, "ID", "PREROUTING", [NodeNetwork.RuleFor("HARDWARE-ADDRESS")])}"],
        "pause" => [$"{K3sCommands.Pause(container)}", $"{K3sCommands.Unpause(container)}"],
        "hang-on-start" => [$"{K3sCommands.Kill(container)}", $"{K3sCommands.Start(container)}", $"{K3sCommands.Pause(container)}", $"{K3sCommands.Unpause(container)}"],
        _ => [$"{(fault.Parameters.TryGetValue("grace", out var text) && Duration.TryParse(text, out var grace) ? K3sCommands.Stop(container, grace) : K3sCommands.Kill(container))}", $"{K3sCommands.Start(container)}"],
    };

    private static IEnumerable<string> Transfer(IReadOnlyList<NamedImage> images) =>
    [
        $"{K3sCommands.SaveImages(images)}   # once, and what it writes goes to all of these",
        .. K3sNames.Nodes.Select(node => $"{K3sCommands.ImportImages(Names.Container(node))}"),
    ];

    private string MakeNode(string node) =>
        $"{K3sCommands.MakeNode(Names, node, $"ADDRESS-OF-{node}", _images, string.Empty)}   # its standard input: K3S_TOKEN";
}
