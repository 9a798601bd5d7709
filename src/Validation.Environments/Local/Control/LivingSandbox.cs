using System.Globalization;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Control;

/// <summary>A sandbox of a run or a detached stack that is on the machine right now, whoever started it.</summary>
/// <remarks>Found by the command line of the process that holds its namespaces. Root sees all, everybody else their own.</remarks>
public sealed class LivingSandbox
{
    private LivingSandbox(int pid, string? stack, bool standsStill) => (ProcessId, Stack, StandsStill) = (pid, stack, standsStill);

    /// <summary>Gets the number of the process that holds its namespaces; killing it takes everything down.</summary>
    public int ProcessId { get; }

    /// <summary>Gets the name of the detached stack; null for that of a run.</summary>
    public string? Stack { get; }

    /// <summary>Gets whether the harness inside was stopped by a signal: its faults lapse by their leases, and the stack stays.</summary>
    public bool StandsStill { get; }

    /// <summary>Returns those that are there.</summary>
    public static IReadOnlyList<LivingSandbox> FindAll()
    {
        var processes = ProcessTable.Read().ToArray();
        return [.. processes.Select(process => TryFind(process.Pid, processes)).OfType<LivingSandbox>()];
    }

    private static LivingSandbox? TryFind(int pid, IReadOnlyList<ProcessEntry> processes)
    {
        try
        {
            const string Marker = SandboxCommand.StackVariable + "=";
            var words = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/cmdline").Split('\0');
            return Path.GetFileName(words[0]) == "unshare" && words.Any(word => Path.GetFileName(word) == SandboxCommand.Program) && RunningStack.IsOurs(pid)
                ? new LivingSandbox(
                    pid,
                    Array.Find(words, word => word.StartsWith(Marker, StringComparison.Ordinal))?[Marker.Length..],
                    processes.Any(process => process.Parent == pid && process.State == ProcessTable.Stopped))
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
