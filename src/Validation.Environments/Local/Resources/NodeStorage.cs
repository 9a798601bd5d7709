using System.Globalization;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Resources;

/// <summary>A node's own file system: a tmpfs over its directory. It is filled by making it smaller, so that no memory is used up.</summary>
internal static class NodeStorage
{
    // The kernel's own default; a file system of this size may grow to half of the machine's memory.
    private const string Size = "size=50%";
    private const int Attempts = 20;
    private const string ProbeFile = ".space-probe";

    /// <summary>Makes the directory and mounts a file system there.</summary>
    /// <param name="directory">The directory.</param>
    public static void Make(DirectoryInfo directory)
    {
        directory.Create();
        Native.MountTmpfs(directory.FullName, $"mode=0755,{Size}");
    }

    /// <summary>Takes both away.</summary>
    /// <param name="directory">The directory.</param>
    public static void Remove(DirectoryInfo directory)
    {
        Native.Unmount(directory.FullName);
        directory.Delete(recursive: true);
    }

    /// <summary>Leaves no space beyond what is used.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="lease">The space comes back by itself after this time.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="HarnessException">The kernel refused, or the node writes faster than the size can be set.</exception>
    public static async Task<IAsyncDisposable> FillAsync(DirectoryInfo directory, TimeSpan lease, TimeProvider time)
    {
        var full = new FullStorage(new LeaseGuard(lease, $"mount -t tmpfs -o remount,{Size} tmpfs '{directory.FullName}'", time));
        try
        {
            for (var attempt = 1; !TryFill(directory, isLast: attempt == Attempts); attempt++)
            {
            }

            return full;
        }
        catch
        {
            await full.DisposeAsync();
            throw;
        }
    }

    /// <summary>Tries to write a file and removes it again.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="bytes">Its size.</param>
    /// <returns>False when there was no space.</returns>
    public static bool TryWrite(DirectoryInfo directory, long bytes)
    {
        try
        {
            using var file = new FileStream(
                Path.Combine(directory.FullName, ProbeFile),
                new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose, PreallocationSize = bytes });
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool TryFill(DirectoryInfo directory, bool isLast)
    {
        var drive = new DriveInfo(directory.FullName);
        // To the kernel a size of nothing means no limit at all.
        var used = Math.Max(Environment.SystemPageSize, drive.TotalSize - drive.TotalFreeSpace);
        return Native.TryResizeTmpfs(directory.FullName, string.Create(CultureInfo.InvariantCulture, $"size={used}"), mustSucceed: isLast);
    }

    private sealed class FullStorage(LeaseGuard guard) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await guard.EndAsync();
            guard.Dispose();
        }
    }
}
