using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Validation.Environments.K3s;

/// <summary>A file that exists in memory alone and ends with this process, however that ends.</summary>
/// <remarks>kubectl takes a kubeconfig by its path, and that of the throw-away cluster holds the administrator's key.</remarks>
internal sealed partial class MemoryFile : IDisposable
{
    private const uint CloseOnExec = 1;

    private readonly SafeFileHandle _file;

    /// <summary>Makes an empty file.</summary>
    /// <param name="name">What <c>/proc</c> shows of it.</param>
    /// <exception cref="HarnessException">The kernel refused.</exception>
    public MemoryFile(string name)
    {
        _file = Create(name, CloseOnExec);
        if (_file.IsInvalid)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed, $"memfd_create: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
        }
    }

    /// <summary>Gets the path by which programs of the same user read it while this process runs.</summary>
    public string Path => $"/proc/{Environment.ProcessId}/fd/{_file.DangerousGetHandle()}";

    /// <summary>Puts a text in the place of what it held.</summary>
    /// <param name="text">The text.</param>
    public void Write(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        RandomAccess.SetLength(_file, 0);
        RandomAccess.Write(_file, bytes, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Create(string name, uint flags);
}
