using Validation.Core.Stacks;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.Pods;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>The pods of a role in a stack that was there already, when it was looked at.</summary>
/// <param name="Role">The role.</param>
/// <param name="Where">By what they were found.</param>
/// <param name="Container">What their main container is called.</param>
/// <param name="Permission">What the owner of their namespace permits; see <see cref="OwnersPermission"/>.</param>
/// <param name="Pods">The pods, in the order of the nodes that they are.</param>
/// <param name="Images">The images of their main containers, each once.</param>
internal sealed record FoundRole(
    string Role, ExistingRole Where, string Container, string Permission, IReadOnlyList<PodFacts> Pods, IReadOnlyList<string> Images)
{
    /// <summary>Gets the object that makes its pods anew when they go.</summary>
    /// <value>Null when faults may not hit them; <see cref="Unbreakable"/> tells why.</value>
    public PodOwner? Owner { get; init; }

    /// <summary>Gets why no fault may hit its pods; null when it may.</summary>
    public string? Unbreakable { get; init; }

    /// <summary>Gets whether the harness may have hands on the Kubernetes nodes for faults that the API server alone cannot do.</summary>
    public bool HasHands { get; init; }

    /// <summary>Gets what can be done to its pods, as capability interfaces.</summary>
    public IReadOnlySet<Type> Can => new HashSet<Type>(Owner is null ? [] : [typeof(IPod), .. OfReplicas, .. HasHands ? NodeHelpers.ToPods : []]);

    private Type[] OfReplicas => Owner is { HasReplicas: true } ? [typeof(IReplica)] : [];

    /// <summary>Gets the names of the nodes that the pods are.</summary>
    public IEnumerable<string> Nodes => Enumerable.Range(1, Pods.Count).Select(NodeName);

    /// <summary>Returns the name of a node.</summary>
    /// <param name="index">Its number; the first is 1.</param>
    public string NodeName(int index) => $"{Role}-{index}";
}

/// <summary>A stack that was there already, when it was looked at.</summary>
/// <param name="Kubernetes">The cluster's version.</param>
/// <param name="Roles">What was found of each role, in the order in which a stack is drawn.</param>
internal sealed record FoundStack(string Kubernetes, IReadOnlyList<FoundRole> Roles)
{
    /// <summary>Gets the namespace of the SPIRE servers, which marks on Kubernetes nodes name.</summary>
    public string Home => Of(Core.Stacks.Roles.SpireServer)!.Where.Namespace;

    /// <summary>Gets what can be done to it as a whole, as capability interfaces.</summary>
    public IReadOnlySet<Type> Can => new HashSet<Type>(
    [
        typeof(ISpireStack),
        .. Roles.Any(role => role.Owner is not null) ? [typeof(IRolloutControl), typeof(IScaleControl), typeof(ICordonControl), typeof(IEvictionControl)] : Array.Empty<Type>(),
        .. Roles.Any(role => role is { Owner: not null, HasHands: true }) ? [typeof(INetworkControl)] : Array.Empty<Type>(),
    ]);

    /// <summary>Returns what was found of a role; null when the environment file does not name it.</summary>
    /// <param name="role">The role.</param>
    public FoundRole? Of(string role) => Roles.FirstOrDefault(found => found.Role == role);

    /// <summary>Returns the role that a node has; null when there is no such node.</summary>
    /// <param name="node">The name of a node, or of a role.</param>
    public FoundRole? Having(string node) => Roles.FirstOrDefault(found => found.Role == node || found.Nodes.Contains(node));

    /// <summary>Gets the names and roles of all nodes.</summary>
    public IReadOnlyList<(string Name, string Role)> Nodes => [.. from role in Roles from node in role.Nodes select (node, role.Role)];
}
