using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Validation.Environments.Cluster.Helper.Session;

/// <summary>A pod's network namespace, held open so that it stays the same one whatever becomes of the pod's processes.</summary>
internal sealed class PodNamespace : IDisposable
{
    private readonly SafeFileHandle _file;

    private PodNamespace(SafeFileHandle file) => _file = file;

    /// <summary>Gets its file, for programs that enter it; only as long as this object is not disposed.</summary>
    public string Path => string.Create(
        CultureInfo.InvariantCulture, $"{PodFinder.Proc}/{Environment.ProcessId}/fd/{_file.DangerousGetHandle()}");

    /// <summary>Gets the namespace as the kernel names it: <c>net:[4026532180]</c>.</summary>
    public string Identity => new FileInfo(Path).LinkTarget!;

    /// <summary>Opens the namespace of a pod.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="finder">Finds processes.</param>
    /// <exception cref="HarnessException">The pod has no process here, or no namespace of its own.</exception>
    public static PodNamespace Open(PodOnNode pod, PodFinder finder)
    {
        var pid = finder.FindAny(pod);
        try
        {
            var opened = new PodNamespace(File.OpenHandle(FileOf(pid), share: FileShare.ReadWrite));
            if (opened.Identity != new FileInfo(FileOf(1)).LinkTarget)
            {
                return opened;
            }

            opened.Dispose();
        }
        catch (IOException error)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"pod {pod.Name} ended just now.", innerException: error);
        }

        throw new HarnessException(
            ExitCode.EnvironmentFailed,
            $"pod {pod.Name} shares the network of its Kubernetes node; whatever was cut off there would be cut off for everyone on the node.");
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string FileOf(int pid) => string.Create(CultureInfo.InvariantCulture, $"{PodFinder.Proc}/{pid}/ns/net");
}
