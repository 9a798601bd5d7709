using System.Net;
using Validation.Core.Stacks;
using Validation.Environments.Network;

namespace Validation.Environments.Cluster.Helper.Session;

/// <summary>The links that are cut in the pods of this Kubernetes node.</summary>
internal sealed class PodCuts : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private readonly Dictionary<string, CutPod> _pods = [];
    private readonly Dictionary<string, (CutPod Pod, INetworkCut Cut)> _cuts = [];
    private readonly PodFinder _finder;
    private readonly TimeProvider _time;

    /// <summary>Creates the keeper; nothing is cut yet.</summary>
    /// <param name="finder">Finds processes.</param>
    /// <param name="time">The clock.</param>
    public PodCuts(PodFinder finder, TimeProvider time) => (_finder, _time) = (finder, time);

    /// <summary>Cuts links.</summary>
    /// <param name="order">Which.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing stays cut.</param>
    public Task CutAsync(Cut order, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            var pod = await LeasesOfAsync(order.Pod, cancellationToken);
            _cuts[order.Id] = (pod, await pod.Leases.CutAsync([.. order.Links.Select(LinkOf)], cancellationToken));
            return true;
        },
        cancellationToken);

    /// <summary>Reads the counters of a cut.</summary>
    /// <param name="id">The cut's name.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<DropReport> ReadAsync(string id, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            var (pod, cut) = Find(id);
            var rows = await cut.ReadCountersAsync(cancellationToken);
            return new DropReport(
                [.. rows.Select(row => new LinkDrops(row.Link.From.Name, row.Link.To.Name, row.Packets))], cut.Broken ?? Moved(pod));
        },
        cancellationToken);

    /// <summary>Returns the cuts that can no longer be trusted.</summary>
    /// <param name="cancellationToken">Ends the looking.</param>
    public Task<IReadOnlyList<BrokenCut>> FindBrokenAsync(CancellationToken cancellationToken) => AloneAsync(
        () => Task.FromResult<IReadOnlyList<BrokenCut>>(
        [
            .. from cut in _cuts
               let reason = cut.Value.Cut.Broken
               where reason is not null
               select new BrokenCut(cut.Key, reason),
        ]),
        cancellationToken);

    /// <summary>Heals a cut. One that is not known is healed already.</summary>
    /// <param name="id">The cut's name.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task HealAsync(string id, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            if (_cuts.Remove(id, out var healed))
            {
                await healed.Cut.HealAsync(cancellationToken);
                if (_cuts.Values.All(other => other.Pod != healed.Pod))
                {
                    await ForgetAsync(healed.Pod);
                }
            }

            return true;
        },
        cancellationToken);

    /// <summary>Removes the table that an earlier session may have left in a pod where this one has cut nothing.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task CleanAsync(PodOnNode pod, CancellationToken cancellationToken) => AloneAsync(
        async () =>
        {
            if (!_pods.ContainsKey(pod.Uid))
            {
                using var entered = PodNamespace.Open(pod, _finder);
                await new Netfilter(entered.Path).ApplyAsync(NftScript.Received.RemoveTableIfAny, cancellationToken);
            }

            return true;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        foreach (var pod in _pods.Values.ToArray())
        {
            await ForgetAsync(pod);
        }
    }

    private async Task<CutPod> LeasesOfAsync(PodOnNode pod, CancellationToken cancellationToken)
    {
        if (_pods.TryGetValue(pod.Uid, out var known))
        {
            return Moved(known) is { } reason ? throw new HarnessException(ExitCode.EnvironmentFailed, reason) : known;
        }

        var entered = PodNamespace.Open(pod, _finder);
        try
        {
            var leases = await LinkLeases.CreateAsync(new Netfilter(entered.Path), NftScript.Received, _time, cancellationToken);
            return _pods[pod.Uid] = new CutPod(pod, entered, leases);
        }
        catch
        {
            entered.Dispose();
            throw;
        }
    }

    private async Task ForgetAsync(CutPod pod)
    {
        _pods.Remove(pod.Pod.Uid);
        await pod.Leases.DisposeAsync();
        pod.Namespace.Dispose();
    }

    // The sandbox of a pod can be made anew without the pod: then the rules are where nobody is any more.
    private string? Moved(CutPod pod)
    {
        try
        {
            using var now = PodNamespace.Open(pod.Pod, _finder);
            return now.Identity == pod.Namespace.Identity ? null : $"pod {pod.Pod.Name} has got another network namespace since it was cut off";
        }
        catch (HarnessException gone)
        {
            return gone.Message;
        }
    }

    private (CutPod Pod, INetworkCut Cut) Find(string id) => _cuts.TryGetValue(id, out var found)
        ? found
        : throw new HarnessException(ExitCode.EnvironmentFailed, "this session does not hold that cut.");

    private static Link LinkOf(CutLink link) =>
        new(new LinkEnd(link.From, IPAddress.Parse(link.FromAddress)), new LinkEnd(link.To, IPAddress.Parse(link.ToAddress)));

    private async Task<T> AloneAsync<T>(Func<Task<T>> action, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            return await action();
        }
        finally
        {
            _gate.Release();
        }
    }

    private sealed record CutPod(PodOnNode Pod, PodNamespace Namespace, LinkLeases Leases);

    /// <summary>An end of a link: a helper knows no more of a node than its name and address.</summary>
    private sealed record LinkEnd(string Name, IPAddress Address) : INode
    {
        public string Role => string.Empty;

        public NodeStatus Status { get; } = new(NodeState.Ready, 0, 1);
    }
}
