using Validation.Environments.Local.Programs;

namespace Validation.Environments.Cluster.Helper.Session;

/// <summary>Pods that are held down: whatever the kubelet starts in them is killed again.</summary>
internal sealed class HeldPods : IAsyncDisposable
{
    // A program that is started needs longer than this before it does anything that others could see.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (CancellationTokenSource Ended, Task Killing)> _held = [];
    private readonly PodFinder _finder;
    private readonly TimeProvider _time;

    /// <summary>Creates the keeper; no pod is held down yet.</summary>
    /// <param name="finder">Finds processes.</param>
    /// <param name="time">The clock.</param>
    public HeldPods(PodFinder finder, TimeProvider time) => (_finder, _time) = (finder, time);

    /// <summary>Begins to hold a pod down. Does nothing to one that already is.</summary>
    /// <param name="pod">The pod.</param>
    public void Hold(PodOnNode pod)
    {
        lock (_gate)
        {
            if (!_held.ContainsKey(pod.Uid))
            {
                var ended = new CancellationTokenSource();
                _held[pod.Uid] = (ended, KillAgainAsync(pod, ended.Token));
            }
        }
    }

    /// <summary>Lets the kubelet start the pod's containers again.</summary>
    /// <param name="pod">The pod.</param>
    public Task ReleaseAsync(PodOnNode pod) => ReleaseAsync(pod.Uid);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var pod in _held.Keys.ToArray())
        {
            await ReleaseAsync(pod);
        }
    }

    private async Task ReleaseAsync(string uid)
    {
        (CancellationTokenSource Ended, Task Killing) held;
        lock (_gate)
        {
            if (!_held.Remove(uid, out held))
            {
                return;
            }
        }

        await held.Ended.CancelAsync();
        await held.Killing;
        held.Ended.Dispose();
    }

    private async Task KillAgainAsync(PodOnNode pod, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await Signals.KillAsync(() => [.. _finder.Find(pod).Select(process => process.Pid)], _time, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Released.
        }
    }
}
