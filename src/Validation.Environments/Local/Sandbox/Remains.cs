using System.Globalization;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.Local.Sandbox;

/// <summary>Looks whether anything of a sandbox outlived it. The kernel promises that nothing does; this is where we would learn otherwise.</summary>
internal sealed class Remains
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private string? _namespace;

    /// <summary>Remembers the PID namespace of a sandbox, by which its processes are known.</summary>
    /// <param name="holder">The process that made it.</param>
    public void Remember(int holder) => _namespace = LinkTarget($"/proc/{holder.ToString(CultureInfo.InvariantCulture)}/ns/pid_for_children");

    /// <summary>Waits until no process of the sandbox is left.</summary>
    /// <exception cref="HarnessException">Some still are; they are named.</exception>
    public async Task DemandNoneAsync()
    {
        var left = Find();
        for (var waited = TimeSpan.Zero; left.Length > 0 && waited < Limit; waited += Interval)
        {
            await Task.Delay(Interval, TimeProvider.System, CancellationToken.None);
            left = Find();
        }

        if (left.Length > 0)
        {
            throw new HarnessException(
                ExitCode.LeftUnclean,
                $"Processes of the sandbox are still there {Duration.Format(Limit)} after its end: {string.Join(", ", left)}.",
                "The kernel should have ended them. Look at their state in /proc; a process in state D waits for a device.");
        }
    }

    private int[] Find() => _namespace is null
        ? []
        : [.. ProcessTable.Read().Where(entry => LinkTarget($"/proc/{entry.Pid.ToString(CultureInfo.InvariantCulture)}/ns/pid") == _namespace).Select(entry => entry.Pid)];

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
