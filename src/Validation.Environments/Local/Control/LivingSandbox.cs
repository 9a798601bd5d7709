using System.Globalization;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Control;

/// <summary>A sandbox of a run or a detached stack that is on the machine right now, whoever started it.</summary>
/// <remarks>Found by the command line of the process that holds its namespaces. Root sees all, everybody else their own.</remarks>
public sealed class LivingSandbox
{
    private LivingSandbox(int pid, string? stack) => (ProcessId, Stack) = (pid, stack);

    /// <summary>Gets the number of the process that holds its namespaces; killing it takes everything down.</summary>
    public int ProcessId { get; }

    /// <summary>Gets the name of the detached stack; null for that of a run.</summary>
    public string? Stack { get; }

    /// <summary>Returns those that are there, also while they are still coming up.</summary>
    public static IReadOnlyList<LivingSandbox> FindAll() => [.. ProcessTable.Read().Select(process => TryFind(process.Pid)).OfType<LivingSandbox>()];

    /// <summary>Returns the sandbox that a process holds.</summary>
    /// <param name="pid">The process.</param>
    /// <returns>Null when it holds none, is gone, or belongs to somebody else.</returns>
    internal static LivingSandbox? TryFind(int pid)
    {
        try
        {
            const string Marker = SandboxCommand.StackVariable + "=";
            var words = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/cmdline").Split('\0');
            var stack = Array.Find(words, word => word.StartsWith(Marker, StringComparison.Ordinal))?[Marker.Length..];

            // That of a run has no name, but this program on its command line.
            return Path.GetFileName(words[0]) == "unshare" && (stack is not null || words.Any(word => Path.GetFileName(word) == SandboxCommand.Program)) && IsOurs(pid)
                ? new LivingSandbox(pid, stack)
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Returns the harness inside when a signal has stopped it: its faults lapse by their leases, and the stack stays.</summary>
    /// <returns>The number of its process; null when it goes on.</returns>
    public int? FindStoppedHarness() =>
        ProcessTable.Read().Where(process => process.Parent == ProcessId && process.State == ProcessTable.Stopped).Select(process => (int?)process.Pid).FirstOrDefault();

    private static bool IsOurs(int pid) => UserOf("self") is var me && (me == 0 || UserOf(pid.ToString(CultureInfo.InvariantCulture)) == me);

    private static int UserOf(string process) => int.Parse(
        File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1],
        CultureInfo.InvariantCulture);
}
