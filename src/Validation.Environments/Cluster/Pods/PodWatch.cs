using System.Text.Json;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Pods;

/// <summary>Keeps in sight all pods that a selector means, by one <c>kubectl get --watch</c> that is begun again when it ends.</summary>
/// <remarks>
/// Each watch begins with a list of what there is, so what happened while no watch was open is made up for, except what
/// began and ended in between.
/// </remarks>
internal sealed class PodWatch : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly IKubectl _kubectl;
    private readonly string _selector;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<string, PodFacts> _pods = [];
    private Task _watching = Task.CompletedTask;
    private string? _trouble;

    /// <summary>Creates the watch; nothing is watched yet.</summary>
    /// <param name="kubectl">For the pods' namespace.</param>
    /// <param name="selector">The label selector.</param>
    /// <param name="time">The clock.</param>
    public PodWatch(IKubectl kubectl, string selector, TimeProvider time) => (_kubectl, _selector, _time) = (kubectl, selector, time);

    /// <summary>Told of every pod that changed, by its name; the pod is null when it is gone. Called one at a time.</summary>
    public event Action<string, PodFacts?>? Changed;

    /// <summary>Gets the pods as they were seen last.</summary>
    public IReadOnlyList<PodFacts> Pods
    {
        get
        {
            lock (_gate)
            {
                return [.. _pods.Values.OrderBy(pod => pod.Name, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Gets why nothing is seen right now; null while the watch is open.</summary>
    public string? Trouble => Volatile.Read(ref _trouble);

    /// <summary>Begins to watch.</summary>
    public void Start() => _watching = WatchAsync(_stop.Token);

    /// <summary>Reads all pods now, past the watch.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var list = await _kubectl.ReadJsonAsync(KubectlCommand.Read("get", "pods", $"--selector={_selector}", "-o", "json"), cancellationToken);
        Replace(PodFacts.ReadList(list));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        var pause = Pause;
        try
        {
            while (true)
            {
                var begun = _time.GetTimestamp();
                try
                {
                    await RefreshAsync(cancellationToken);
                    Volatile.Write(ref _trouble, null);
                    await FollowAsync(cancellationToken);
                }
                catch (Exception error) when (error is HarnessException or JsonException or IOException)
                {
                    // An API server that is away is nothing new to a chaos harness; the nodes keep their last state.
                    Volatile.Write(ref _trouble, error.Message);
                }

                pause = _time.GetElapsedTime(begun) > LongestPause || pause >= LongestPause ? Pause : pause * 2;
                await Task.Delay(pause, _time, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        await using var session = _kubectl.Open(KubectlCommand.Read(
            "get", "pods", $"--selector={_selector}", "--watch", "--output-watch-events", "-o", "json"));
        var reader = new JsonObjectReader(session.Output);
        while (await reader.ReadAsync(cancellationToken) is { } happened)
        {
            if (PodFacts.Get(happened, "object") is { ValueKind: JsonValueKind.Object } pod && PodFacts.Text(pod, "kind") == "Pod")
            {
                See(PodFacts.Read(pod), PodFacts.Text(happened, "type") == "DELETED");
            }
        }
    }

    private void Replace(IReadOnlyList<PodFacts> pods)
    {
        lock (_gate)
        {
            foreach (var gone in _pods.Keys.Except(pods.Select(pod => pod.Name)).ToArray())
            {
                _pods.Remove(gone);
                Changed?.Invoke(gone, null);
            }

            foreach (var pod in pods)
            {
                _pods[pod.Name] = pod;
                Changed?.Invoke(pod.Name, pod);
            }
        }
    }

    private void See(PodFacts pod, bool isGone)
    {
        lock (_gate)
        {
            // The end of a pod may be told after its successor of the same name was seen.
            if (isGone && _pods.TryGetValue(pod.Name, out var known) && known.Uid != pod.Uid)
            {
                return;
            }

            if (isGone)
            {
                _pods.Remove(pod.Name);
            }
            else
            {
                _pods[pod.Name] = pod;
            }

            Changed?.Invoke(pod.Name, isGone ? null : pod);
        }
    }
}
