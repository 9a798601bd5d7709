using System.Globalization;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>Writes down what a run against a stack that is there already would do.</summary>
internal sealed class ExistingPlanner
{
    private readonly KubectlTarget _target;
    private readonly ExistingStackOptions _options;
    private readonly FoundStack _found;

    /// <summary>Creates the planner.</summary>
    /// <param name="target">The cluster.</param>
    /// <param name="options">What the environment file says.</param>
    /// <param name="found">What was found.</param>
    public ExistingPlanner(KubectlTarget target, ExistingStackOptions options, FoundStack found) => (_target, _options, _found) = (target, options, found);

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
        new("reach it, as long as the run lasts", [.. Reach()]),
        .. plan.Faults.Select(Fault),
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

    private ClusterPlanSection Fault(PlannedFault fault)
    {
        var targets = string.Join(", ", fault.Targets.Select(target => $"{target.Key} {target.Value}"));
        return new ClusterPlanSection($"fault {fault.Kind} in {fault.Phase}: {targets}", ["# permitted by the environment file and by the label of the namespace"]);
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
