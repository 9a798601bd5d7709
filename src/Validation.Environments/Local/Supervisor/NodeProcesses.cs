using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Supervisor;

/// <summary>
/// The processes of a node: all that live in its network namespace, however they got there and whoever is their
/// parent. Our own threads in that namespace do not count; the kernel shows a process where its first thread is.
/// </summary>
internal sealed class NodeProcesses
{
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
        Signals.KillAsync(Find, _time, cancellationToken);

    /// <summary>Stops every process, and those that they start meanwhile, or the main process alone.</summary>
    /// <param name="onlyMain">Whether the others go on.</param>
    /// <param name="guard">Wakes them should nobody else do it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many were hit.</returns>
    public Task<int> FreezeAsync(bool onlyMain, WakeGuard guard, CancellationToken cancellationToken) => Signals.FreezeAsync(
        () =>
        {
            var found = Find();
            IReadOnlyList<int> frozen = onlyMain ? [.. found.Where(pid => pid == Main)] : found;
            guard.Watch(frozen);
            return frozen;
        },
        _time,
        cancellationToken);

    /// <summary>Tells whether there are processes and every thread of them is stopped.</summary>
    public bool AreFrozen()
    {
        var pids = Find();
        return pids.Count > 0 && pids.All(Signals.IsStopped);
    }

    /// <summary>Tells whether there is a main process and every thread of it is stopped.</summary>
    public bool IsMainFrozen() => Main is var main && main != 0 && ProcessTable.IsAlive(main) && Signals.IsStopped(main);
}
