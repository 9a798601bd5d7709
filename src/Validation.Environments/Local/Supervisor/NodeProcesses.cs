using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Supervisor;

/// <summary>
/// The processes of a node: all that live in its network namespace, however they got there and whoever is their
/// parent. Our own threads in that namespace do not count; the kernel shows a process where its first thread is.
/// </summary>
internal sealed class NodeProcesses
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    private readonly string _networkNamespace;
    private readonly TimeProvider _time;

    /// <summary>Creates the view.</summary>
    /// <param name="networkNamespace">The namespace as the kernel names it.</param>
    /// <param name="time">The clock.</param>
    public NodeProcesses(string networkNamespace, TimeProvider time) => (_networkNamespace, _time) = (networkNamespace, time);

    /// <summary>Gets or sets the main process, which belongs to the node before it has entered the namespace; 0 for none.</summary>
    public int Main { get; set; }

    /// <summary>Returns the processes that exist right now, zombies not counted.</summary>
    public IReadOnlyList<int> Find()
    {
        var found = ProcessTable.InNetworkNamespace(_networkNamespace);
        var main = Main;
        return main != 0 && !found.Contains(main) && ProcessTable.IsAlive(main) ? [main, .. found] : found;
    }

    /// <summary>Sends a signal to every process.</summary>
    /// <param name="signal">The signal.</param>
    public void SignalAll(int signal)
    {
        foreach (var pid in Find())
        {
            Native.Signal(pid, signal);
        }
    }

    /// <summary>Kills every process, and those that they start meanwhile.</summary>
    /// <returns>How many were hit.</returns>
    public Task<int> KillAllAsync(CancellationToken cancellationToken) =>
        RepeatAsync(Native.SigKill, _ => false, cancellationToken);

    /// <summary>Stops every process, and those that they start meanwhile.</summary>
    /// <returns>How many were hit.</returns>
    public Task<int> FreezeAllAsync(CancellationToken cancellationToken) =>
        RepeatAsync(Native.SigStop, IsStopped, cancellationToken);

    /// <summary>Tells whether there are processes and every thread of them is stopped.</summary>
    public bool AreFrozen()
    {
        var pids = Find();
        return pids.Count > 0 && pids.All(IsStopped);
    }

    private static bool IsStopped(int pid) =>
        ProcessTable.ThreadStates(pid).All(state => state is ProcessTable.Stopped or ProcessTable.Zombie);

    // Signals until a look finds nobody any more who is not done. Numbers of processes are given out in turn, so a
    // number that was just read cannot belong to somebody else a moment later.
    private async Task<int> RepeatAsync(int signal, Func<int, bool> isDone, CancellationToken cancellationToken)
    {
        var hit = new HashSet<int>();
        var begun = _time.GetTimestamp();
        while (true)
        {
            var open = Find().Where(pid => !isDone(pid)).ToArray();
            if (open.Length == 0)
            {
                return hit.Count;
            }

            foreach (var pid in open.Where(pid => Native.Signal(pid, signal)))
            {
                hit.Add(pid);
            }

            if (_time.GetElapsedTime(begun) > Limit)
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed,
                    $"Processes {string.Join(", ", open)} did not obey signal {signal} within {Duration.Format(Limit)}.");
            }

            await Task.Delay(Interval, _time, cancellationToken);
        }
    }
}
