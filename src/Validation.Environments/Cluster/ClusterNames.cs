using System.Globalization;
using System.Security.Cryptography;

namespace Validation.Environments.Cluster;

/// <summary>The names by which the harness knows what is its own in a cluster. The manifests in <c>environments/kubernetes</c> use the same.</summary>
internal static class ClusterNames
{
    /// <summary>The label that a namespace must carry before the harness touches anything in it.</summary>
    public const string HarnessLabel = "validation/harness";

    /// <summary>The value of <see cref="HarnessLabel"/>.</summary>
    public const string HarnessLabelValue = "true";

    /// <summary>The label by which its owner permits load or faults in a namespace with a stack that is there already. Nothing of it is the harness' to tidy up.</summary>
    public const string ExistingStackLabel = "validation/existing-stack";

    /// <summary>The label that everything of the harness carries.</summary>
    public const string PartOfLabel = "app.kubernetes.io/part-of";

    /// <summary>The value of <see cref="PartOfLabel"/>.</summary>
    public const string PartOf = "validation";

    /// <summary>The label that names a pod's role.</summary>
    public const string RoleLabel = "validation/role";

    /// <summary>The label that names the run to which something belongs.</summary>
    public const string RunLabel = "validation/run";

    /// <summary>The value of <see cref="RunLabel"/> in the manifests as they are, before a run puts its own there.</summary>
    public const string ByHand = "by-hand";

    /// <summary>The label of a pod that a NetworkPolicy of the harness cuts off.</summary>
    public const string CutLabel = "validation/cut";

    /// <summary>The label of a Kubernetes node that a fault has cordoned. Its value is the namespace of the stack, its annotation <see cref="RunLabel"/> the run.</summary>
    public const string CordonedLabel = "validation/cordoned-for";

    /// <summary>The label of a StatefulSet of somebody else's from which a fault has taken pods. Its value is the number there was, its annotation <see cref="RunLabel"/> the run.</summary>
    public const string ScaledLabel = "validation/scaled-from";

    /// <summary>The name that the cluster has in SPIRE's own configuration, for agents that attest by <c>k8s_psat</c>.</summary>
    public const string PsatCluster = "validation";

    /// <summary>The namespace of the stack, when nobody names another.</summary>
    public const string DefaultNamespace = "spire-validation";

    /// <summary>What the namespace of the privileged helpers is called after the stack's: pod security differs, so they have their own.</summary>
    public const string SystemSuffix = "-system";

    /// <summary>The role, the DaemonSet and the container of the privileged helpers.</summary>
    public const string NodeHelper = "node-helper";

    /// <summary>The container of the relay in pods of other roles.</summary>
    public const string Relay = "relay";

    /// <summary>The selector for everything of the harness.</summary>
    public const string OfHarness = $"{PartOfLabel}={PartOf}";

    /// <summary>The selector for what runs have made. What an administrator made for the harness belongs to no run.</summary>
    public const string OfRuns = $"{OfHarness},{RunLabel}";

    /// <summary>The selector for what Patroni makes by itself to keep its leader lock and its configuration.</summary>
    public const string OfPatroni = $"{OfHarness},validation/database";

    /// <summary>Returns a name for a run that begins now, which no other one has that begins at the same time.</summary>
    /// <param name="time">The clock.</param>
    public static string NewRun(TimeProvider time) =>
        $"run-{time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}-{RandomNumberGenerator.GetHexString(4, lowercase: true)}";

    /// <summary>Returns the name of the namespace of the privileged helpers.</summary>
    /// <param name="stackNamespace">The stack's namespace.</param>
    public static string SystemNamespace(string stackNamespace) => stackNamespace + SystemSuffix;
}
