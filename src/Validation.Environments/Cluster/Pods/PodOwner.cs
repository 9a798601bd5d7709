using System.Text.Json;

namespace Validation.Environments.Cluster.Pods;

/// <summary>The object that makes pods anew when they go.</summary>
/// <param name="Kind">Its kind, as the API server writes it: <c>StatefulSet</c>.</param>
/// <param name="Name">Its name.</param>
internal sealed record PodOwner(string Kind, string Name)
{
    /// <summary>The kind of what a Deployment puts between itself and its pods.</summary>
    public const string ReplicaSet = "ReplicaSet";

    /// <summary>Gets whether it has a number of pods, which may move to other Kubernetes nodes.</summary>
    public bool HasReplicas => Kind is "StatefulSet" or "Deployment";

    /// <summary>Gets whether it is known which pods go when the number is lowered: a StatefulSet's last ones.</summary>
    public bool IsOrdered => Kind == "StatefulSet";

    /// <summary>Gets whether kubectl can restart it by a rollout.</summary>
    public bool CanRollOut => HasReplicas || Kind == "DaemonSet";

    /// <summary>Gets its name for kubectl: <c>statefulset/spire-server</c>.</summary>
    public string Reference => $"{Kind.ToLowerInvariant()}/{Name}";

    /// <summary>Gets what its kind is called where rights are given: <c>statefulsets.apps</c>.</summary>
    public string Resource => $"{Kind.ToLowerInvariant()}s.apps";

    /// <summary>Reads who owns an object.</summary>
    /// <param name="owned">The object.</param>
    /// <returns>Null when nobody does.</returns>
    public static PodOwner? Of(JsonElement owned) =>
        PodFacts.Items(PodFacts.Get(owned, "metadata"), "ownerReferences").Where(owner => PodFacts.Get(owner, "controller").ValueKind == JsonValueKind.True)
            .Select(owner => new PodOwner(PodFacts.Text(owner, "kind") ?? string.Empty, PodFacts.Text(owner, "name") ?? string.Empty)).FirstOrDefault();

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Name}";
}
