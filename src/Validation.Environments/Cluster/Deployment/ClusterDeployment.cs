using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Environments.Cluster.Deployment;

/// <summary>What is deployed, and where.</summary>
internal sealed record ClusterDeployment
{
    /// <summary>Gets the folder of the kustomization that is rendered: <c>environments/kubernetes/overlays/official</c>.</summary>
    public required DirectoryInfo Overlay { get; init; }

    /// <summary>Gets the namespace of the stack.</summary>
    public required string Namespace { get; init; }

    /// <summary>Gets what everything of this run is labelled with: lower-case letters, digits and dashes.</summary>
    public required string Run { get; init; }

    /// <summary>Gets the images to use instead of those in <c>images.yaml</c>, by their names there.</summary>
    /// <value>Defaults to none.</value>
    public IReadOnlyDictionary<string, string> Images { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets whether SPIRE is the embedded one.</summary>
    /// <value>False by default: SPIRE's official images.</value>
    public bool HasEmbeddedSpire { get; init; }

    /// <summary>Gets the stack that the scenario asks for.</summary>
    public required StackSpec Stack { get; init; }

    /// <summary>Gets the Kubernetes nodes that pods may run on, in the order of their names. Agents get the first of them.</summary>
    public required IReadOnlyList<string> KubernetesNodes { get; init; }

    /// <summary>Gets the uids of the Kubernetes nodes by their names; SPIRE names agents after them that attest by <c>k8s_psat</c>.</summary>
    /// <value>Defaults to none, which is enough for agents that attest in another way.</value>
    public IReadOnlyDictionary<string, string> KubernetesNodeIds { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets whether the cluster ends with the stack, so that nothing in it needs to be deleted.</summary>
    /// <value>False by default.</value>
    public bool IsThrowAway { get; init; }

    /// <summary>Gets the Kubernetes nodes on which SPIRE agents run: as many as the scenario asks for, as far as there are.</summary>
    public IReadOnlyList<string> AgentNodes => [.. KubernetesNodes.Take(Count(Roles.SpireAgent))];

    /// <summary>Returns how many nodes of a role the scenario asks for.</summary>
    /// <param name="role">The role.</param>
    public int Count(string role) => Stack.Counts.GetValueOrDefault(role);
}
