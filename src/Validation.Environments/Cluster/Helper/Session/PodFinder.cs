using System.Globalization;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.Cluster.Helper.Session;

/// <summary>Finds the processes of a pod among all of a Kubernetes node.</summary>
internal sealed class PodFinder
{
    /// <summary>Where the kernel tells of processes.</summary>
    public const string Proc = "/proc";

    // The first process of a sandbox: what the pause images of Kubernetes, k3s and OpenShift call themselves.
    private static readonly string[] SandboxPrograms = ["pause", "pod"];

    private readonly string _cgroups;

    /// <summary>Creates the finder.</summary>
    /// <param name="cgroups">Where each process has a directory with its <c>cgroup</c> file; <see cref="Proc"/> but in tests.</param>
    public PodFinder(string cgroups = Proc) => _cgroups = cgroups;

    /// <summary>Returns the processes that exist right now, zombies, the sandbox and spared containers left out.</summary>
    /// <param name="pod">The pod.</param>
    public IReadOnlyList<PodProcess> Find(PodOnNode pod) =>
        [.. All(pod).Where(process => !process.IsSandbox && !pod.Spared.Contains(process.Container))];

    /// <summary>Returns any process that lives in the pod's network namespace.</summary>
    /// <param name="pod">The pod.</param>
    /// <exception cref="HarnessException">There is none.</exception>
    public int FindAny(PodOnNode pod)
    {
        var all = All(pod);
        return all.Count > 0
            ? all.OrderByDescending(process => process.IsSandbox).First().Pid
            : throw new HarnessException(ExitCode.EnvironmentFailed, $"pod {pod.Name} has no process on this Kubernetes node.");
    }

    private List<PodProcess> All(PodOnNode pod)
    {
        var found = new List<PodProcess>();
        foreach (var entry in ProcessTable.Read().Where(entry => entry.State != ProcessTable.Zombie))
        {
            if (TryRead($"{_cgroups}/{entry.Pid}/cgroup") is { } cgroups
                && ContainerPath.Parse(cgroups) is { } path
                && path.PodUid == pod.Uid)
            {
                found.Add(new PodProcess(entry.Pid, entry.Parent, path.Container, IsSandbox: false));
            }
        }

        var crowded = found.GroupBy(process => process.Container).Where(container => container.Count() > 1).Select(container => container.Key).ToHashSet();
        return found.ConvertAll(process => process with { IsSandbox = !crowded.Contains(process.Container) && IsSandboxProgram(process.Pid) });
    }

    private static bool IsSandboxProgram(int pid) =>
        TryRead(string.Create(CultureInfo.InvariantCulture, $"{Proc}/{pid}/comm")) is { } name && SandboxPrograms.Contains(name.Trim());

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended while we were looking.
            return null;
        }
    }
}

/// <summary>A process of a pod.</summary>
/// <param name="Pid">Its number, as the helper sees it.</param>
/// <param name="Parent">Its parent's number.</param>
/// <param name="Container">The id of its container.</param>
/// <param name="IsSandbox">It only holds the pod's namespaces.</param>
internal readonly record struct PodProcess(int Pid, int Parent, string Container, bool IsSandbox);
