using System.Text.RegularExpressions;

namespace Validation.Environments.Cluster.Helper.Session;

/// <summary>The pod and the container that a process belongs to, as its cgroup path tells.</summary>
/// <remarks>
/// The kubelet names a pod's cgroup <c>pod</c> and the pod's uid, with the <c>systemd</c> driver with underscores for
/// hyphens; below it the container runtimes name theirs after the container's id, each in its own way:
/// <c>ID</c>, <c>cri-containerd-ID.scope</c>, <c>crio-ID.scope</c>, <c>docker-ID.scope</c>, <c>SLICE:cri-containerd:ID</c>.
/// A reader in another cgroup namespace sees the path begin with <c>/../</c>.
/// </remarks>
/// <param name="PodUid">The pod's uid, with hyphens.</param>
/// <param name="Container">The container's id.</param>
internal readonly partial record struct ContainerPath(string PodUid, string Container)
{
    /// <summary>Reads a process' cgroups.</summary>
    /// <param name="cgroups">The content of <c>/proc/PID/cgroup</c>: one line (v2) or one for each controller (v1).</param>
    /// <returns>Null when the process is in no container of a pod.</returns>
    public static ContainerPath? Parse(string cgroups)
    {
        foreach (var line in cgroups.Split('\n'))
        {
            // CRI-O keeps a monitor of its own in the pod's cgroup; it is no part of the container.
            if (Shape().Match(line) is { Success: true } match && !match.Groups["runtime"].ValueSpan.Contains("conmon", StringComparison.Ordinal))
            {
                return new ContainerPath(match.Groups["uid"].Value.Replace('_', '-'), match.Groups["id"].Value);
            }
        }

        return null;
    }

    [GeneratedRegex(
        "pod(?<uid>[0-9a-f]{8}([-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})(\\.slice)?[/:](?<runtime>[a-z-]+[-:])?(?<id>[0-9a-f]{64})(\\.scope)?(/|$)")]
    private static partial Regex Shape();
}
