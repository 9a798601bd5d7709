using System.Diagnostics;
using System.Net;
using Validation.Environments.Cluster;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.Tests.Cluster.Kit;

/// <summary>Processes of this test that a kubelet would have put into pods: what the kernel would tell of their cgroups is written into files.</summary>
internal sealed class RecordedCgroups : IDisposable
{
    private readonly List<Process> _processes = [];

    /// <summary>Gets the folder that stands for <c>/proc</c>.</summary>
    public DirectoryInfo Directory { get; } = System.IO.Directory.CreateTempSubdirectory("validation-cgroups-");

    /// <summary>Makes the id of a container.</summary>
    /// <param name="number">Which.</param>
    public static string Container(int number) => number.ToString("x64");

    /// <summary>Makes a pod.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="spared">Its containers that must not be touched.</param>
    public static PodIdentity Pod(string name, params int[] spared) => new()
    {
        Name = name,
        Uid = Guid.NewGuid().ToString(),
        KubernetesNode = "k-1",
        Address = IPAddress.Loopback,
        SparedContainers = [.. spared.Select(number => $"containerd://{Container(number)}")],
    };

    /// <summary>Starts a program in a container of a pod.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="container">The container's number.</param>
    /// <param name="command">The program and its arguments; an hour's sleep when there is none.</param>
    public Process Start(PodIdentity pod, int container, params string[] command)
    {
        string[] words = command.Length > 0 ? command : ["sleep", "3600"];
        var process = Children.Start(new ProcessStartInfo(ProgramFinder.Require(words[0]), words.Skip(1)));
        _processes.Add(process);
        Put(process.Id, pod, container);
        return process;
    }

    /// <summary>Puts a process into a container.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="container">The container's number.</param>
    public void Put(int pid, PodIdentity pod, int container)
    {
        var file = Path.Combine(Directory.CreateSubdirectory($"{pid}").FullName, "cgroup");
        File.WriteAllText(file, $"0::/kubepods.slice/kubepods-pod{pod.Uid.Replace('-', '_')}.slice/cri-containerd-{Container(container)}.scope\n");
    }

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        Directory.Delete(recursive: true);
    }
}
