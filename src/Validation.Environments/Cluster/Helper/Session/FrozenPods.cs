using System.Collections.Concurrent;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Cluster.Helper.Session;

/// <summary>Pods whose processes are stopped, each under a lease.</summary>
internal sealed class FrozenPods : IAsyncDisposable
{
    private readonly ConcurrentDictionary<WakeGuard, PodOnNode> _guards = new();
    private readonly PodFinder _finder;
    private readonly TimeProvider _time;

    /// <summary>Creates the keeper; no pod is frozen yet.</summary>
    /// <param name="finder">Finds processes.</param>
    /// <param name="time">The clock.</param>
    public FrozenPods(PodFinder finder, TimeProvider time) => (_finder, _time) = (finder, time);

    /// <summary>Stops every process of a pod.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="lease">They are woken after this time at the latest.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>How many were hit.</returns>
    public async Task<int> FreezeAsync(PodOnNode pod, TimeSpan lease, CancellationToken cancellationToken)
    {
        var guard = new WakeGuard(lease, _time);
        _guards[guard] = pod;
        try
        {
            return await Signals.FreezeAsync(() => FindFor(guard, pod), _time, cancellationToken);
        }
        catch
        {
            await WakeAsync(pod);
            throw;
        }
    }

    /// <summary>Wakes every process of a pod that is stopped.</summary>
    /// <param name="pod">The pod.</param>
    /// <returns>How many there were.</returns>
    public async Task<int> WakeAsync(PodOnNode pod)
    {
        // Looked at before the guards wake them, and signalled also after, because a lease may have been lost with its guard.
        var stopped = _finder.Find(pod).Select(process => process.Pid).Where(Signals.IsStopped).ToArray();
        foreach (var (guard, _) in _guards.Where(guarded => guarded.Value.Uid == pod.Uid))
        {
            _guards.TryRemove(guard, out _);
            await guard.DisposeAsync();
        }

        return stopped.Count(pid => Native.Signal(pid, Native.SigCont));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var pod in _guards.Values.ToArray())
        {
            await WakeAsync(pod);
        }
    }

    private int[] FindFor(WakeGuard guard, PodOnNode pod)
    {
        var pids = _finder.Find(pod).Select(process => process.Pid).ToArray();
        guard.Watch(pids);
        return pids;
    }
}
