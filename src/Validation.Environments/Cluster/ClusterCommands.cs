using Validation.Core.Stacks;
using Validation.Environments.Cluster.Deployment;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster;

/// <summary>The commands that change a cluster while a stack comes up: a plan shows them, a start runs them.</summary>
internal static class ClusterCommands
{
    private static readonly string[] Apply = ["apply", "--server-side", "--force-conflicts", "--field-manager=validation", "-f", "-"];

    /// <summary>Returns the command that makes or changes objects. The objects go to its standard input.</summary>
    /// <remarks>
    /// Server-side, because otherwise the whole object, with the secrets in it, would be kept once more in an annotation.
    /// </remarks>
    /// <param name="manifests">The objects; each names its namespace.</param>
    public static KubectlCommand ApplyAll(ManifestSet manifests) => new(Apply, manifests.ToJson(), Writes: true);

    /// <summary>Returns the command that gives a StatefulSet another number of pods.</summary>
    /// <param name="name">The StatefulSet.</param>
    /// <param name="replicas">How many.</param>
    public static KubectlCommand Scale(string name, int replicas) =>
        KubectlCommand.Write("scale", $"statefulset/{name}", $"--replicas={replicas.ToString(System.Globalization.CultureInfo.InvariantCulture)}");

    /// <summary>Returns the command that replaces all pods of a role at the pace of their update strategy.</summary>
    /// <param name="role">The role.</param>
    public static KubectlCommand Restart(string role) => RestartSet($"{(HasReplicas(role) ? "statefulset" : "daemonset")}/{role}");

    /// <summary>Returns the command that replaces all pods of a set at the pace of its update strategy.</summary>
    /// <param name="reference">The set: <c>deployment/spire-server</c>.</param>
    public static KubectlCommand RestartSet(string reference) => KubectlCommand.Write("rollout", "restart", reference);

    /// <summary>Tells whether there is a number of pods of a role; of others there is one for each Kubernetes node.</summary>
    /// <param name="role">The role.</param>
    public static bool HasReplicas(string role) => role is not (Roles.SpireAgent or Roles.Workload);
}
