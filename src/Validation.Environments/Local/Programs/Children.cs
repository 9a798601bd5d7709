using System.Collections.Concurrent;
using System.Diagnostics;

namespace Validation.Environments.Local.Programs;

/// <summary>Starts processes and remembers them, so that nobody else takes their exit codes.</summary>
internal static class Children
{
    private static readonly ConcurrentDictionary<int, Process> Started = new();

    /// <summary>Starts a process.</summary>
    /// <param name="start">What to start.</param>
    public static Process Start(ProcessStartInfo start)
    {
        foreach (var ended in Started.Where(child => HasEnded(child.Value)))
        {
            Started.TryRemove(ended);
        }

        start.UseShellExecute = false;
        var process = new Process { StartInfo = start };
        process.Start();
        Started[process.Id] = process;
        return process;
    }

    /// <summary>Tells whether a zombie is a process started here, whose exit code .NET has not collected yet.</summary>
    /// <param name="pid">The process.</param>
    public static bool Owns(int pid) => Started.TryGetValue(pid, out var process) && !HasEnded(process);

    private static bool HasEnded(Process process)
    {
        try
        {
            return process.HasExited;
        }
        catch (InvalidOperationException)
        {
            // Disposed: .NET collects the exit code on its own, long before the reaper looks a second time.
            return true;
        }
    }
}
