using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Programs;

/// <summary>Signals processes until none is left that has not obeyed, also those that are started meanwhile.</summary>
internal static class Signals
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    /// <summary>Ends processes with SIGKILL.</summary>
    /// <param name="find">Returns those that exist right now, zombies not counted.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many were hit.</returns>
    /// <exception cref="HarnessException">One of them did not end within 5 s.</exception>
    public static Task<int> KillAsync(Func<IReadOnlyList<int>> find, TimeProvider time, CancellationToken cancellationToken) =>
        RepeatAsync(find, Native.SigKill, _ => false, time, cancellationToken);

    /// <summary>Stops processes with SIGSTOP.</summary>
    /// <param name="find">Returns those that exist right now, zombies not counted.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many were hit.</returns>
    /// <exception cref="HarnessException">One of them did not stop within 5 s.</exception>
    public static Task<int> FreezeAsync(Func<IReadOnlyList<int>> find, TimeProvider time, CancellationToken cancellationToken) =>
        RepeatAsync(find, Native.SigStop, IsStopped, time, cancellationToken);

    /// <summary>Tells whether every thread of a process is stopped.</summary>
    /// <param name="pid">The process.</param>
    public static bool IsStopped(int pid) =>
        ProcessTable.ThreadStates(pid).All(state => state is ProcessTable.Stopped or ProcessTable.Zombie);

    // Numbers of processes are given out in turn, so a number that was just read cannot belong to somebody else a moment later.
    private static async Task<int> RepeatAsync(
        Func<IReadOnlyList<int>> find, int signal, Func<int, bool> isDone, TimeProvider time, CancellationToken cancellationToken)
    {
        var hit = new HashSet<int>();
        var begun = time.GetTimestamp();
        while (true)
        {
            var open = find().Where(pid => !isDone(pid)).ToArray();
            if (open.Length == 0)
            {
                return hit.Count;
            }

            hit.UnionWith(open.Where(pid => Native.Signal(pid, signal)));
            if (time.GetElapsedTime(begun) > Limit)
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed,
                    $"Processes {string.Join(", ", open)} did not obey signal {signal} within {Duration.Format(Limit)}.");
            }

            await Task.Delay(Interval, time, cancellationToken);
        }
    }
}
