using Validation.Environments.Cluster.Deployment;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Workers;

/// <summary>The objects of load workers, from the kustomization <c>environments/kubernetes/workers</c>.</summary>
internal static class WorkerManifests
{
    /// <summary>The role in the labels of workers' pods. They are no nodes of the stack: no fault is meant for them.</summary>
    public const string Role = "worker";

    /// <summary>The name of the Job.</summary>
    public const string Job = "workers";

    private const string Folder = "workers";

    /// <summary>Renders them for one run.</summary>
    /// <param name="kubectl">The program. The cluster is not asked.</param>
    /// <param name="deployment">The stack that they load.</param>
    /// <param name="count">How many workers.</param>
    /// <param name="cancellationToken">Ends the rendering.</param>
    /// <exception cref="HarnessException">The kustomization is missing or cannot be rendered.</exception>
    public static async Task<ManifestSet> RenderAsync(IKubectl kubectl, ClusterDeployment deployment, int count, CancellationToken cancellationToken)
    {
        var all = await new ManifestRenderer(kubectl).RenderBesideAsync(deployment, FolderBeside(deployment.Overlay), cancellationToken);
        var job = all.Get("Job", Job);
        job["spec"]!["completions"] = count;
        job["spec"]!["parallelism"] = count;

        // A worker on a Kubernetes node without an agent would have no socket to fetch from.
        job["spec"]!["template"]!["spec"]!["affinity"] = ManifestRenderer.On(deployment.AgentNodes);

        // The images' names were needed for the rendering alone; the stack has them already.
        return all.Where(one => !ManifestSet.Is(one, "ConfigMap", "images"));
    }

    /// <summary>Returns the folder of the workers' kustomization: the nearest one beside or above the overlay.</summary>
    /// <param name="overlay">The overlay of the stack.</param>
    internal static DirectoryInfo FolderBeside(DirectoryInfo overlay)
    {
        for (var above = overlay.Parent; above is not null; above = above.Parent)
        {
            foreach (var candidate in new[] { Path.Combine(above.FullName, Folder), Path.Combine(above.FullName, "kubernetes", Folder) })
            {
                if (File.Exists(Path.Combine(candidate, "kustomization.yaml")))
                {
                    return new DirectoryInfo(candidate);
                }
            }
        }

        throw new HarnessException(
            ExitCode.EnvironmentFailed,
            $"{overlay.FullName}: there is no folder '{Folder}' with a kustomization beside it or above.",
            "It comes with the harness in environments/kubernetes.");
    }
}
