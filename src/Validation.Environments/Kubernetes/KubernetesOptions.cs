using Validation.Environments.Kubernetes.Existing;

namespace Validation.Environments.Kubernetes;

/// <summary>How the environment <c>kubernetes</c> is used: the content of an environment file, and what the command line says over it.</summary>
public sealed record KubernetesOptions
{
    /// <summary>Gets the full path of the kubeconfig file.</summary>
    public required string Kubeconfig { get; init; }

    /// <summary>Gets the context in it.</summary>
    public required string Context { get; init; }

    /// <summary>Gets whether a cluster was chosen.</summary>
    /// <value>True by default. False for plans that are made without one: nothing is asked then, and nothing can be run.</value>
    public bool IsDecided { get; init; } = true;

    /// <summary>Gets the contexts in which the harness may act. Any other is refused before anything is asked of it.</summary>
    public required IReadOnlyList<string> AllowedContexts { get; init; }

    /// <summary>Gets the namespace of the stack.</summary>
    /// <value>Defaults to <c>spire-validation</c>.</value>
    public string Namespace { get; init; } = DefaultNamespace;

    /// <summary>Gets which SPIRE is deployed.</summary>
    /// <value>Defaults to SPIRE's official images.</value>
    public KubernetesSpire Spire { get; init; } = KubernetesSpire.Official;

    /// <summary>Gets the stack that is there already.</summary>
    /// <value>Null, the default: the harness deploys one.</value>
    public ExistingStackOptions? Existing { get; init; }

    /// <summary>Gets how network links are cut.</summary>
    /// <value>Defaults to leases in the pods' network namespaces, which need privileged helpers.</value>
    public KubernetesCut Cut { get; init; } = KubernetesCut.Leases;

    /// <summary>Gets the images to use instead of those in <c>environments/kubernetes/images</c>, by their names there.</summary>
    /// <value>Defaults to none.</value>
    public IReadOnlyDictionary<string, string> Images { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets the folder <c>environments/kubernetes</c> with the manifests.</summary>
    public required DirectoryInfo Manifests { get; init; }

    /// <summary>Gets the folder with a kustomization for each SPIRE and each way in which agents attest.</summary>
    /// <value>Null, the default: <c>overlays</c> in <see cref="Manifests"/>.</value>
    public DirectoryInfo? Overlays { get; init; }

    /// <summary>Gets whether the cluster ends with the stack, so that nothing in it needs to be deleted.</summary>
    /// <value>False by default.</value>
    public bool IsThrowAway { get; init; }

    /// <summary>The namespace when nobody names one.</summary>
    public const string DefaultNamespace = Cluster.ClusterNames.DefaultNamespace;
}

/// <summary>Which SPIRE a stack in a cluster runs.</summary>
public enum KubernetesSpire
{
    /// <summary>SPIRE's official images.</summary>
    Official,

    /// <summary>The harness' own, for trying the harness.</summary>
    Embedded,
}

/// <summary>How links between pods are cut.</summary>
public enum KubernetesCut
{
    /// <summary>By packet filter rules with a lease, in the pods' network namespaces.</summary>
    Leases,

    /// <summary>By NetworkPolicies, which the cluster's network must enforce.</summary>
    NetworkPolicy,
}
