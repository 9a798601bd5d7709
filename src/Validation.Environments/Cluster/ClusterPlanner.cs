using System.Globalization;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster.Cleaning;
using Validation.Environments.Cluster.Cordons;
using Validation.Environments.Cluster.Deployment;
using Validation.Environments.Cluster.Guard;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster;

/// <summary>Writes down the commands of a run, from the same places from which a run takes them.</summary>
internal sealed class ClusterPlanner
{
    private const string HelperPod = "NODE-HELPER-ON-THE-SAME-KUBERNETES-NODE";
    private const string WorkloadPod = "WORKLOAD-1-POD";
    private const string KubernetesNode = "KUBERNETES-NODE";
    private const string Run = "RUN";
    internal const string Version = "VERSION-THAT-WAS-SEEN";

    private readonly KubectlTarget _target;
    private readonly StackSpec _stack;
    private readonly bool _byPolicy;

    /// <summary>Creates the planner.</summary>
    /// <param name="target">The cluster and the stack's namespace.</param>
    /// <param name="stack">The stack.</param>
    /// <param name="byPolicy">True when links are cut by NetworkPolicies.</param>
    public ClusterPlanner(KubectlTarget target, StackSpec stack, bool byPolicy) => (_target, _stack, _byPolicy) = (target, stack, byPolicy);

    private string Session => Helpers.Line(KubectlCommand.Write("exec", "-i", HelperPod, "--", "validation", "node-helper", "session"));

    private string ReachWorkload => _target.Line(KubectlCommand.Read("port-forward", $"pod/{WorkloadPod}", ":7070"));

    private string ReachServer => _target.Line(KubectlCommand.Read("port-forward", $"pod/{Roles.SpireServer}-1", ":7070"));

    private KubectlTarget Anywhere => _target with { Namespace = string.Empty };

    private IEnumerable<string> ClaimLines =>
    [
        $"{_target.Line(RunClaim.Commands[0])}   # ConfigMap harness, the claim; its sign of life is renewed every 10 s",
        $"# or, where a run that is dead has left one: {_target.Line(RunClaim.Commands[1])}",
    ];

    private IEnumerable<string> CleanLines(string? spared) =>
    [
        $"{_target.Line(CordonMarks.Find(_target.Namespace))}   # each of them, if any, is uncordoned",
        .. ClusterCleaner.StackCommands(spared).Select(_target.Line),
        .. ClusterCleaner.HelperCommands(spared).Select(Helpers.Line),
        .. spared is null ? [_target.Line(ClusterCleaner.LastCommand)] : Array.Empty<string>(),
    ];

    private KubectlTarget Helpers => _target with { Namespace = ClusterNames.SystemNamespace(_target.Namespace) };

    /// <summary>Returns the commands that delete what is there.</summary>
    /// <param name="title">What for.</param>
    public ClusterPlanSection Clean(string title) => new(
        title,
        [
            .. CleanLines(null),
        ]);

    /// <summary>Returns the commands that bring the stack up, in the order in which <see cref="ClusterStart"/> gives them.</summary>
    /// <param name="overlay">The kustomization.</param>
    /// <param name="manifests">The rendered objects.</param>
    /// <param name="hasRemains">True when there is something of an earlier run to be deleted first.</param>
    public ClusterPlanSection Up(DirectoryInfo overlay, ManifestSet manifests, bool hasRemains)
    {
        var apply = Anywhere.Line(ClusterCommands.ApplyAll(new ManifestSet([])));
        var servers = _stack.Counts.GetValueOrDefault(Roles.SpireServer);
        var portions = StartPortions.Of(manifests);
        return new ClusterPlanSection(
            "bring the stack up",
            [
                KubectlTarget.Nowhere.Line(ManifestRenderer.Render(overlay)),
                KubectlTarget.Nowhere.Line(ManifestRenderer.AsJson(string.Empty)),
                $"{apply}   # {Kinds(portions.Namespaces)}: those that are missing",
                .. ClaimLines,
                .. hasRemains ? CleanLines(Run) : [],
                $"{apply}   # Secret database, ConfigMap node-authority, Secret node-identities",
                $"{apply}   # {Kinds(portions.Ground)}",
                $"{ReachWorkload}   # until the database takes writes",
                $"{apply}   # {Kinds(portions.FirstServer)} {Roles.SpireServer}, with one pod",
                .. servers > 1 ? [_target.Line(ClusterCommands.Scale(Roles.SpireServer, servers))] : Array.Empty<string>(),
                $"{ReachServer}   # and each other server: their authorities",
                $"{apply}   # ConfigMap spire-bundle",
                $"{apply}   # {Kinds(portions.Agents)} {Roles.SpireAgent}",
                $"{Session}   # one on each Kubernetes node, as long as the run lasts",
                .. manifests.Objects.Where(HasPods).SelectMany(Images).Distinct().Select(image => $"# image {image}"),
            ]);
    }

    /// <summary>Returns the commands that deploy the helpers alone.</summary>
    /// <param name="overlay">The kustomization.</param>
    public ClusterPlanSection Hands(DirectoryInfo overlay)
    {
        var apply = Anywhere.Line(ClusterCommands.ApplyAll(new ManifestSet([])));
        return new ClusterPlanSection(
            "put hands on the Kubernetes nodes, in namespaces of the harness' own",
            [
                KubectlTarget.Nowhere.Line(ManifestRenderer.Render(overlay)),
                KubectlTarget.Nowhere.Line(ManifestRenderer.AsJson(string.Empty)),
                $"{apply}   # the namespaces {_target.Namespace} and {Helpers.Namespace}, if they are missing",
                .. ClaimLines,
                $"{apply}   # DaemonSet {ClusterNames.NodeHelper}, its ServiceAccount, ConfigMap images",
                $"{Session}   # one on each Kubernetes node with a pod of the stack, as long as the run lasts",
            ]);
    }

    /// <summary>Returns by which commands the load reaches the stack.</summary>
    public ClusterPlanSection Reach() => new(
        "reach it, as long as the run lasts",
        [
            $"{ReachWorkload}   # the load begins in workload-1",
            $"{ReachServer}   # and each other server, for its private socket",
            $"{_target.Line(KubectlCommand.Read("get", "pods", $"--selector={ClusterNames.OfHarness}", "--watch", "--output-watch-events", "-o", "json"))}",
        ]);

    /// <summary>Returns by which commands the stack is compared.</summary>
    public ClusterPlanSection Compare() => Compare(_target.Line(ClusterWorld.Look), _target.Line(CordonMarks.Find(_target.Namespace)));

    /// <summary>Returns the section of the comparison before and after.</summary>
    /// <param name="lines">What is read.</param>
    internal static ClusterPlanSection Compare(params IEnumerable<string> lines) => new("compare, before the first fault and after the last", [.. lines]);

    /// <summary>Returns the commands of a scenario's faults.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="beneath">Returns the step of a fault that hits what is beneath the cluster; null for every other fault.</param>
    public IEnumerable<ClusterPlanSection> Faults(Scenario scenario, Plan plan, Func<PlannedFault, ClusterPlanSection?> beneath)
    {
        var kinds = scenario.Phases.SelectMany(phase => phase.Faults).ToDictionary(fault => fault.Name, fault => fault.Kind);
        foreach (var fault in plan.Faults)
        {
            var targets = string.Join(", ", fault.Targets.Select(target => $"{target.Key} {target.Value}"));
            var needed = kinds[fault.Name].NodesMust.Concat(kinds[fault.Name].StackMust).ToHashSet();
            yield return beneath(fault) ?? new ClusterPlanSection(
                $"fault {fault.Kind} in {fault.Phase}{(targets.Length > 0 ? $": {targets}" : string.Empty)}", [.. Commands(needed, fault)]);
        }
    }

    private IEnumerable<string> Commands(HashSet<Type> needed, PlannedFault fault)
    {
        foreach (var line in HandCommands(needed, fault.Kind))
        {
            yield return line;
        }

        foreach (var line in PodCommands(needed, fault))
        {
            yield return line;
        }

        if (needed.Contains(typeof(IDatabaseCluster)))
        {
            yield return $"{ReachWorkload}   # Patroni's REST API on port 8008 of the primary, which is found when the fault fires";
            if (fault.Kind.Contains("failover", StringComparison.Ordinal))
            {
                yield return $"{Session}   # kill and hold down the primary's pod until another one is promoted";
            }
        }
    }

    /// <summary>Returns the commands of a fault that the helpers carry out.</summary>
    /// <param name="needed">What the fault needs, as capability interfaces.</param>
    /// <param name="kind">Its name.</param>
    internal IEnumerable<string> HandCommands(HashSet<Type> needed, string kind)
    {
        if (needed.Contains(typeof(INetworkControl)))
        {
            yield return _byPolicy
                ? $"{Anywhere.Line(ClusterCommands.ApplyAll(new ManifestSet([])))}   # a NetworkPolicy for each pod that receives, and its label {ClusterNames.CutLabel}"
                : $"{Session}   # cut: packet filter rules with a lease in the network namespace of each pod that receives";
            yield return $"{Session}   # datagrams from one pod's network namespace to the other's, before, during and after";
        }

        if (needed.Overlaps(NodeHelpers.ToPods))
        {
            yield return $"{Session}   # {kind}: signals to the processes of the pod";
        }
    }

    // By what only one kind of fault needs, the most particular first: a rollout needs pods too.
    private IEnumerable<string> PodCommands(HashSet<Type> needed, PlannedFault fault)
    {
        var role = RoleOf(fault);
        if (needed.Contains(typeof(IRolloutControl)))
        {
            yield return _target.Line(ClusterCommands.Restart(role));
        }
        else if (needed.Contains(typeof(IScaleControl)))
        {
            yield return _target.Line(ClusterCommands.Scale(role, int.Parse(fault.Parameters["replicas"], CultureInfo.InvariantCulture)));
            yield return _target.Line(PodObjects.AskUids(PodObjects.SelectorOf(role)));
            yield return $"{_target.Line(ClusterCommands.Scale(role, _stack.Counts[role]))}   # after {fault.Parameters["for"]}, and whatever happens";
        }
        else if (needed.Contains(typeof(ICordonControl)))
        {
            var evict = needed.Contains(typeof(IEvictionControl)) ? _target.Line(PodObjects.Evict(_target.Namespace, "POD", null)) : null;
            foreach (var line in Cordon(_target, evict, fault.Parameters["for"]))
            {
                yield return line;
            }
        }
        else if (needed.Contains(typeof(IPod)))
        {
            var grace = Duration.TryParse(fault.Parameters["grace"], out var given) ? given : TimeSpan.Zero;
            foreach (var pod in fault.Targets.Values.SelectMany(names => names.Split(", ")).Select(PodOf))
            {
                yield return _target.Line(PodObjects.Delete(pod, grace));
            }

            yield return $"{_target.Line(PodObjects.AskUids(PodObjects.SelectorOf(role)))}   # until the pods' ids are gone";
        }
    }

    /// <summary>Returns the commands that close Kubernetes nodes to new pods, and open them again.</summary>
    /// <param name="target">The cluster, with the namespace that the mark names.</param>
    /// <param name="evict">The command that evicts a pod; null when none is.</param>
    /// <param name="length">For how long.</param>
    internal static IEnumerable<string> Cordon(KubectlTarget target, string? evict, string length)
    {
        var look = target.Line(CordonMarks.Look(KubernetesNode));
        yield return $"{look}   # the one under the target when the fault fires; refused when it is cordoned already";
        yield return target.Line(CordonMarks.Close(KubernetesNode, Version, target.Namespace, "RUN"));
        if (evict is not null)
        {
            yield return $"{evict}   # each pod of the stack there but those of DaemonSets; again every 5 s where a disruption budget refuses";
        }

        yield return look;
        yield return $"{target.Line(CordonMarks.Open(KubernetesNode, Version))}   # after {length}, and whatever happens";
    }

    // postgres/replica when it fires; spire-server-1, spire-server-2
    internal static string RoleOf(PlannedFault fault) => fault.Targets.Values.FirstOrDefault() is { } target
        ? Roles.All.FirstOrDefault(role => target.StartsWith($"{role}-", StringComparison.Ordinal) || target.StartsWith($"{role}/", StringComparison.Ordinal)) ?? target
        : string.Empty;

    private static string PodOf(string node) =>
        !node.Contains(' ') && ClusterCommands.HasReplicas(node[..Math.Max(0, node.LastIndexOf('-'))]) ? node : $"POD-OF-{node.Replace(' ', '-').ToUpperInvariant()}";

    private static string Kinds(ManifestSet manifests) =>
        string.Join(", ", manifests.Objects.GroupBy(ManifestSet.Kind).Select(group => $"{group.Count()} {group.Key}"));

    private static bool HasPods(System.Text.Json.Nodes.JsonObject manifest) => manifest["spec"]?["template"]?["spec"]?["containers"] is not null;

    private static IEnumerable<string> Images(System.Text.Json.Nodes.JsonObject manifest) =>
        manifest["spec"]!["template"]!["spec"]!["containers"]!.AsArray().Select(container => (string?)container!["image"]).OfType<string>();
}
