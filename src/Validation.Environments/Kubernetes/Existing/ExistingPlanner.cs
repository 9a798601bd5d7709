using System.Globalization;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Scaling;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>Writes down what a run against a stack that is there already would do.</summary>
internal sealed class ExistingPlanner
{
    private readonly KubectlTarget _target;
    private readonly ExistingStackOptions _options;
    private readonly FoundStack _found;
    private readonly ClusterPlanner? _hands;
    private readonly DirectoryInfo _overlay;

    /// <summary>Creates the planner.</summary>
    /// <param name="target">The cluster.</param>
    /// <param name="options">What the environment file says.</param>
    /// <param name="found">What was found.</param>
    /// <param name="hands">Writes down what the helpers do; null when none are needed.</param>
    /// <param name="overlay">The kustomization of the helpers.</param>
    public ExistingPlanner(KubectlTarget target, ExistingStackOptions options, FoundStack found, ClusterPlanner? hands, DirectoryInfo overlay) =>
        (_target, _options, _found, _hands, _overlay) = (target, options, found, hands, overlay);

    /// <summary>Returns how the number of nodes differs from what a scenario is written for: a line for each role.</summary>
    /// <param name="stack">What the scenario asks for.</param>
    /// <param name="found">What was found.</param>
    public static IEnumerable<string> Differences(StackSpec stack, FoundStack found) =>
        from role in found.Roles
        let asked = stack.Counts.GetValueOrDefault(role.Role)
        where asked != role.Pods.Count
        select $"{role.Pods.Count} {role.Role}, where the scenario {(stack.Stated.ContainsKey(role.Role) ? "asks for" : "would have")} {asked}: it runs with those that are there";

    /// <summary>Returns the steps of a run.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="plan">Its plan.</param>
    public IReadOnlyList<ClusterPlanSection> Sections(Scenario scenario, Plan plan) =>
    [
        new("look, before anything is touched", [.. Seen(scenario.Stack)]),
        .. _hands is null ? [] : new[] { _hands.Hands(_overlay) },
        new("reach it, as long as the run lasts", [.. Reach()]),
        .. plan.Faults.Count > 0 ? [Compare(), .. Faults(scenario, plan)] : Array.Empty<ClusterPlanSection>(),
        .. _hands is null ? [] : new[] { _hands.Clean("take the hands away") },
        new("what the load leaves", [.. Left()]),
    ];

    private IEnumerable<string> Seen(StackSpec stack)
    {
        yield return $"# context {_target.Context}: Kubernetes {_found.Kubernetes}; nothing is deployed, the stack is there already";
        foreach (var role in _found.Roles)
        {
            yield return $"# {role.Role}: {role.Pods.Count} by {role.Where.Selector} in {role.Where.Namespace} ({OwnersPermission.Label}={role.Permission}), container {role.Container} of {string.Join(", ", role.Images)}";
            foreach (var (pod, node) in role.Pods.Zip(role.Nodes))
            {
                yield return $"#   {node} is pod {pod.Name} on {pod.KubernetesNode ?? "no Kubernetes node"}, {(pod.IsReady ? "ready" : "not ready: no run begins before it is")}";
            }
        }

        foreach (var difference in Differences(stack, _found))
        {
            yield return $"# {difference}";
        }
    }

    private IEnumerable<string> Reach()
    {
        var servers = _found.Of(Roles.SpireServer)!;
        var there = _target with { Namespace = servers.Where.Namespace };
        foreach (var (pod, node) in servers.Pods.Zip(servers.Nodes))
        {
            var port = string.Create(CultureInfo.InvariantCulture, $":{servers.Where.Port}");
            yield return $"{there.Line(KubectlCommand.Read("port-forward", $"pod/{pod.Name}", port, "--address", "127.0.0.1"))}   # {node}";
        }

        foreach (var role in _found.Roles)
        {
            yield return (_target with { Namespace = role.Where.Namespace }).Line(
                KubectlCommand.Read("get", "pods", $"--selector={role.Where.Selector}", "--watch", "--output-watch-events", "-o", "json"));
        }
    }

    private ClusterPlanSection Compare() => ClusterPlanner.Compare(
        ExistingRecovery.Commands(_found.Home, _found.Roles.Select(role => role.Where.Namespace)).Select(one => (_target with { Namespace = one.Namespace }).Line(one.Find)));

    private IEnumerable<ClusterPlanSection> Faults(Scenario scenario, Plan plan)
    {
        var kinds = scenario.Phases.SelectMany(phase => phase.Faults).ToDictionary(fault => fault.Name, fault => fault.Kind);
        foreach (var fault in plan.Faults)
        {
            var targets = string.Join(", ", fault.Targets.Select(target => $"{target.Key} {target.Value}"));
            yield return new ClusterPlanSection(
                $"fault {fault.Kind} in {fault.Phase}: {targets}", [.. Commands(kinds[fault.Name].NodesMust.Concat(kinds[fault.Name].StackMust).ToHashSet(), fault)]);
        }
    }

    private IEnumerable<string> Commands(HashSet<Type> needed, PlannedFault fault)
    {
        if (_hands is not null && needed.Overlaps(NodeHelpers.ToStacks))
        {
            return _hands.HandCommands(needed, fault.Kind);
        }

        var role = _found.Of(ClusterPlanner.RoleOf(fault))!;
        var there = _target with { Namespace = role.Where.Namespace };
        var ids = $"{there.Line(PodObjects.AskUids(role.Where.Selector))}   # until the ids of the pods are gone";
        return needed.Contains(typeof(IRolloutControl)) ? [there.Line(ClusterCommands.RestartSet(role.Owner!.Reference))]
            : needed.Contains(typeof(IScaleControl)) ? [.. Scale(there, role, fault), ids]
            : needed.Contains(typeof(ICordonControl)) ? ClusterPlanner.Cordon(
                _target with { Namespace = _found.Home },
                needed.Contains(typeof(IEvictionControl)) ? there.Line(PodObjects.Evict(there.Namespace, "POD", null)) : null,
                fault.Parameters["for"])
            : [.. Delete(there, role, fault), ids];
    }

    private static IEnumerable<string> Scale(KubectlTarget there, FoundRole role, PlannedFault fault)
    {
        var (set, replicas) = (role.Owner!.Name, int.Parse(fault.Parameters["replicas"], CultureInfo.InvariantCulture));
        yield return there.Line(ScaleMarks.Look(set));
        yield return there.Line(ScaleMarks.Lower(set, ClusterPlanner.Version, replicas, role.Pods.Count, "RUN"));
        yield return $"{there.Line(ScaleMarks.Restore(set, ClusterPlanner.Version, role.Pods.Count))}   # after {fault.Parameters["for"]}, and whatever happens";
    }

    private static IEnumerable<string> Delete(KubectlTarget there, FoundRole role, PlannedFault fault)
    {
        var grace = Duration.TryParse(fault.Parameters["grace"], out var given) ? given : TimeSpan.Zero;
        var pods = role.Nodes.Zip(role.Pods).ToDictionary(one => one.First, one => one.Second.Name);
        return fault.Targets.Values.SelectMany(names => names.Split(", "))
            .Select(node => there.Line(PodObjects.Delete(pods.GetValueOrDefault(node) ?? $"POD-OF-{node.Replace(' ', '-').ToUpperInvariant()}", grace)));
    }

    private IEnumerable<string> Left()
    {
        if (_options.Administrator is not null)
        {
            yield return $"# registration entries of spiffe://{_options.TrustDomain}{EntryRegister.OwnPath}…: those of this run are deleted when it ends";
        }

        if (_options.Attestation is not null)
        {
            yield return "# attested agents under the authority of 'attestation': the servers keep them until they prune them (prune_attested_nodes_expired_for)";
        }

        yield return "# in the cluster: nothing";
    }
}
