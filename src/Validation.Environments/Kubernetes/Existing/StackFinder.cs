using System.Text.Json;
using Validation.Core.Stacks;
using Validation.Environments.Cluster.Guard;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>Looks for a stack that is there already, by the selectors of the environment file. Only reads.</summary>
/// <remarks>
/// In this order: the context is one of those that are allowed; the cluster answers; the owner of each namespace has
/// labelled it; the rights suffice; no other run has cordoned or scaled anything, where faults are permitted; there are
/// pods of each role, and they are what the file says.
/// </remarks>
internal sealed class StackFinder
{
    private readonly IKubectl _kubectl;
    private readonly IReadOnlyList<string> _allowedContexts;
    private readonly ExistingStackOptions _options;

    /// <summary>Creates the finder.</summary>
    /// <param name="kubectl">For any namespace.</param>
    /// <param name="allowedContexts">The contexts in which the harness may act.</param>
    /// <param name="options">What is looked for.</param>
    public StackFinder(IKubectl kubectl, IReadOnlyList<string> allowedContexts, ExistingStackOptions options) =>
        (_kubectl, _allowedContexts, _options) = (kubectl, allowedContexts, options);

    /// <summary>Looks.</summary>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <exception cref="HarnessException">The harness may not act there, or a role has no pods.</exception>
    public async Task<FoundStack> FindAsync(CancellationToken cancellationToken)
    {
        var guard = new GuardRails(_kubectl, _allowedContexts);
        guard.RequireAllowedContext();
        await guard.RequireKnownContextAsync(cancellationToken);
        var version = PodFacts.Get(await _kubectl.ReadJsonAsync(KubectlCommand.Read("version", "-o", "json"), cancellationToken), "serverVersion");
        var permissions = new Dictionary<string, string>();
        foreach (var name in _options.Roles.Values.Select(role => role.Namespace).Distinct())
        {
            permissions[name] = OwnersPermission.Require(name, await _kubectl.FindAsync("namespace", name, cancellationToken));
            await new AccessReview(_kubectl.InNamespace(name)).RequireAsync(RightsIn(name), cancellationToken);
        }

        await RequireNothingLeftAsync(cancellationToken);
        var roles = new List<FoundRole>();
        foreach (var role in Roles.All.Where(_options.Roles.ContainsKey))
        {
            roles.Add(await FindAsync(role, _options.Roles[role], permissions, cancellationToken));
        }

        RefuseShared(roles);
        return new FoundStack(PodFacts.Text(version, "gitVersion") ?? "unknown", roles);
    }

    private IEnumerable<AccessRight> RightsIn(string name)
    {
        yield return new AccessRight("list", "pods");
        yield return new AccessRight("watch", "pods");
        if (name == _options.Roles[Roles.SpireServer].Namespace)
        {
            yield return new AccessRight("create", "pods/portforward");
        }
    }

    private async Task RequireNothingLeftAsync(CancellationToken cancellationToken)
    {
        if (_options.PermittedFaults.Count > 0 && await new ExistingRecovery(_kubectl, _options.Roles).FindAsync(cancellationToken) is { Count: > 0 } left)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed,
                $"Another run uses this stack, or was killed and has left: {string.Join(", ", left)}. Nothing was changed.",
                "If it was killed: 'recover' with the same environment file undoes that.");
        }
    }

    private async Task<FoundRole> FindAsync(
        string role, ExistingRole where, Dictionary<string, string> permissions, CancellationToken cancellationToken)
    {
        var list = await _kubectl.InNamespace(where.Namespace).ReadJsonAsync(
            KubectlCommand.Read("get", "pods", $"--selector={where.Selector}", "-o", "json"), cancellationToken);
        // What has ended for good, such as a finished job's pod, is no node.
        var living = PodFacts.Items(list, "items").Select(pod => (Json: pod, Facts: PodFacts.Read(pod)))
            .Where(pod => !pod.Facts.IsTerminating && pod.Facts.Phase is not ("Succeeded" or "Failed"))
            .OrderBy(pod => pod.Facts, PodOrder.Of(role)).ToArray();
        if (living.Length == 0)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed,
                $"{_options.File}: no pod in namespace '{where.Namespace}' has the labels of role '{role}': {where.Selector}.",
                $"kubectl get pods --namespace {where.Namespace} --show-labels tells what there is.");
        }

        var container = ContainerOf(role, where, living[0].Json, living[0].Facts.Name);
        string[] images = [.. living.SelectMany(pod => ContainersOf(pod.Json)).Where(one => PodFacts.Text(one, "name") == container)
            .Select(one => PodFacts.Text(one, "image")).OfType<string>().Distinct()];
        var found = new FoundRole(role, where, container, permissions[where.Namespace], [.. living.Select(pod => pod.Facts)], images);
        return found.Permission == OwnersPermission.Faults && _options.PermittedFaults.Count > 0
            ? await WithOwnerAsync(found, living.Select(pod => pod.Json), cancellationToken)
            : found;
    }

    // Whoever may hit pods must know who makes others: nobody else's restart would ever heal them.
    private async Task<FoundRole> WithOwnerAsync(FoundRole found, IEnumerable<JsonElement> pods, CancellationToken cancellationToken)
    {
        var owners = new HashSet<PodOwner?>();
        foreach (var direct in pods.Select(PodOwner.Of).ToHashSet())
        {
            owners.Add(direct is { Kind: PodOwner.ReplicaSet } ? await BehindAsync(found.Where.Namespace, direct, cancellationToken) : direct);
        }

        return owners.Contains(null) ? found with { Unbreakable = $"a pod of {found.Role} belongs to nothing that would make it anew" }
            : owners.Count > 1 ? found with { Unbreakable = $"the pods of {found.Role} belong to {string.Join(" and ", owners)}, and must all belong to one" }
            : found with { Owner = owners.Single(), HasHands = _options.Helpers };
    }

    // A Deployment owns its pods through the ReplicaSet of each release.
    private async Task<PodOwner> BehindAsync(string place, PodOwner set, CancellationToken cancellationToken)
    {
        var kubectl = _kubectl.InNamespace(place);
        await new AccessReview(kubectl).RequireAsync([new AccessRight("get", "replicasets.apps")], cancellationToken);
        return await kubectl.FindAsync("replicaset", set.Name, cancellationToken) is { } found ? PodOwner.Of(found) ?? set : set;
    }

    private string ContainerOf(string role, ExistingRole where, JsonElement pod, string name)
    {
        string[] there = [.. ContainersOf(pod).Select(container => PodFacts.Text(container, "name")).OfType<string>()];
        var wanted = where.Container ?? (there.Length == 1 ? there[0] : role);
        return there.Contains(wanted) ? wanted : throw new HarnessException(
            ExitCode.InvalidInput,
            $"{_options.File}: role '{role}': pod {name} has no container '{wanted}'.{NearestWord.Suggestion(wanted, there)} It has {string.Join(", ", there)}.",
            $"Write 'container: {there.FirstOrDefault()}' at role '{role}', or whichever is meant.");
    }

    private void RefuseShared(IReadOnlyList<FoundRole> roles)
    {
        var shared = roles.SelectMany(role => role.Pods.Select(pod => (role.Role, Pod: pod))).GroupBy(one => one.Pod.Uid).FirstOrDefault(group => group.Count() > 1);
        if (shared is not null)
        {
            throw new HarnessException(
                ExitCode.InvalidInput,
                $"{_options.File}: pod {shared.First().Pod.Name} has the labels of {string.Join(" and ", shared.Select(one => $"role '{one.Role}'"))}.",
                "A pod is one node of one role: add a label to one of the selectors.");
        }
    }

    private static IEnumerable<JsonElement> ContainersOf(JsonElement pod) => PodFacts.Items(PodFacts.Get(pod, "spec"), "containers");
}
