using Validation.Core.Stacks;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Guard;

/// <summary>Something that the user of the kubeconfig must be allowed to do.</summary>
/// <param name="Verb">What: <c>create</c>.</param>
/// <param name="Resource">To what: <c>pods/exec</c>, <c>statefulsets.apps</c>.</param>
/// <param name="Place">Where.</param>
internal sealed record AccessRight(string Verb, string Resource, AccessPlace Place = AccessPlace.Stack)
{
    // What is deployed is also taken down, and a run that finds remains of another deletes them.
    private static readonly string[] Deployed =
    [
        "configmaps", "secrets", "serviceaccounts", "services", "statefulsets.apps", "daemonsets.apps", "jobs.batch", "poddisruptionbudgets.policy",
        "networkpolicies.networking.k8s.io", "roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io",
    ];

    private static readonly string[] DeployedForHelpers = ["serviceaccounts", "daemonsets.apps"];

    private static readonly Dictionary<Type, AccessRight[]> ByCapability = new()
    {
        [typeof(IPod)] = [new("delete", "pods"), new("list", "pods")],
        [typeof(IRolloutControl)] = [new("get", "statefulsets.apps"), new("patch", "statefulsets.apps"), new("get", "daemonsets.apps"), new("patch", "daemonsets.apps")],
        [typeof(IScaleControl)] = [new("get", "statefulsets.apps"), new("patch", "statefulsets.apps/scale")],
        [typeof(ICordonControl)] = [new("get", "nodes", AccessPlace.Cluster), new("patch", "nodes", AccessPlace.Cluster)],
        [typeof(IEvictionControl)] = [new("create", "pods/eviction")],
    };

    /// <summary>Gets what is needed to look, before anything is changed, whether the namespaces are the harness' own.</summary>
    public static IReadOnlyList<AccessRight> ToLook { get; } =
    [
        new("list", "nodes", AccessPlace.Cluster),
        new("list", "deployments.apps"),
    ];

    /// <summary>Gets what is needed to put load on a stack that is there already.</summary>
    public static IReadOnlyList<AccessRight> ToReach { get; } =
    [
        new("list", "pods"), new("watch", "pods"), new("get", "pods/log"), new("list", "events"), new("create", "pods/portforward"),
    ];

    /// <summary>Gets what a stack of the harness' own needs.</summary>
    public static IReadOnlyList<AccessRight> ToDeploy { get; } =
    [
        .. Deployed.SelectMany(resource => Verbs(resource, AccessPlace.Stack)),
        .. DeployedForHelpers.SelectMany(resource => Verbs(resource, AccessPlace.Helpers)),
        .. ToReach,
        new("create", "pods/exec", AccessPlace.Helpers),
        new("list", "pods", AccessPlace.Helpers),
        new("watch", "pods", AccessPlace.Helpers),
        new("delete", "pods", AccessPlace.Helpers),
        new("delete", "pods"),
        new("patch", "pods"),
        new("patch", "statefulsets.apps/scale"),
    ];

    /// <summary>Returns what faults need besides.</summary>
    /// <param name="must">What they must be able to do, as capability interfaces.</param>
    public static IEnumerable<AccessRight> ForFaults(IReadOnlySet<Type> must) =>
        must.SelectMany(capability => ByCapability.GetValueOrDefault(capability) ?? []).Distinct();

    /// <summary>Returns what faults need in a namespace of somebody else's.</summary>
    /// <param name="must">What they must be able to do, as capability interfaces.</param>
    /// <param name="owners">The objects there to which the pods belong.</param>
    public static IEnumerable<AccessRight> ForFaults(IReadOnlySet<Type> must, IEnumerable<PodOwner> owners) => must.SelectMany(capability =>
        capability == typeof(IRolloutControl) ? owners.Where(owner => owner.CanRollOut).SelectMany(owner => Change(owner.Resource))
        : capability == typeof(IScaleControl) ? owners.Where(owner => owner.IsOrdered).SelectMany(owner => Change(owner.Resource)).Append(new AccessRight("list", "statefulsets.apps"))
        : capability == typeof(ICordonControl) ? [.. ByCapability[capability], new AccessRight("list", "nodes", AccessPlace.Cluster)]
        : ByCapability.GetValueOrDefault(capability) ?? []).Distinct();

    /// <summary>Gets what is needed to make a namespace that does not exist.</summary>
    public static AccessRight ToMakeNamespaces { get; } = new("create", "namespaces", AccessPlace.Cluster);

    /// <summary>Returns the question.</summary>
    /// <remarks>kubectl takes what follows a slash for the name of an object: <c>pods/exec</c> would be a pod called exec.</remarks>
    public KubectlCommand Question => Resource.Split('/') is [var resource, var part]
        ? KubectlCommand.Read("auth", "can-i", Verb, resource, $"--subresource={part}", "--quiet")
        : KubectlCommand.Read("auth", "can-i", Verb, Resource, "--quiet");

    /// <summary>Returns the namespace in which it is asked.</summary>
    /// <param name="stackNamespace">The stack's.</param>
    public string NamespaceFor(string stackNamespace) => Place switch
    {
        AccessPlace.Helpers => ClusterNames.SystemNamespace(stackNamespace),
        AccessPlace.Cluster => string.Empty,
        _ => stackNamespace,
    };

    private static AccessRight[] Change(string resource) => [new("get", resource), new("patch", resource)];

    private static IEnumerable<AccessRight> Verbs(string resource, AccessPlace place) =>
        from verb in new[] { "create", "patch", "delete", "list" } select new AccessRight(verb, resource, place);
}

/// <summary>Where a right is needed.</summary>
internal enum AccessPlace
{
    /// <summary>In the namespace of the stack.</summary>
    Stack,

    /// <summary>In the namespace of the privileged helpers.</summary>
    Helpers,

    /// <summary>In the cluster as a whole.</summary>
    Cluster,
}
