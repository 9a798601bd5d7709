using Validation.Core.Stacks;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Helper;

/// <summary>The node helpers of a cluster: one session on each Kubernetes node, opened when it is first needed.</summary>
internal sealed class NodeHelpers : IAsyncDisposable
{
    /// <summary>What they let be done to a pod, as capability interfaces.</summary>
    public static readonly IReadOnlyList<Type> ToPods = [typeof(IKillable), typeof(IStoppable), typeof(IPausable)];

    /// <summary>All that they let be done, to pods and to the network between them.</summary>
    public static readonly IReadOnlyList<Type> ToStacks = [.. ToPods, typeof(INetworkControl)];

    private readonly SemaphoreSlim _gate = new(1);
    private readonly Dictionary<string, HelperClient> _sessions = [];
    private readonly IKubectl _kubectl;
    private readonly Func<string, CancellationToken, ValueTask<string>> _helperPodOf;
    private readonly TimeProvider _time;

    /// <summary>Creates the view; no session is opened yet.</summary>
    /// <param name="kubectl">The cluster, with the namespace of the helpers.</param>
    /// <param name="helperPodOf">Returns the name of the helper's pod on a Kubernetes node.</param>
    /// <param name="time">The clock.</param>
    public NodeHelpers(IKubectl kubectl, Func<string, CancellationToken, ValueTask<string>> helperPodOf, TimeProvider time) =>
        (_kubectl, _helperPodOf, _time) = (kubectl, helperPodOf, time);

    /// <summary>Creates the view of helpers whose pods are watched; no session is opened yet.</summary>
    /// <param name="kubectl">The cluster, with the namespace of the helpers.</param>
    /// <param name="pods">Their pods.</param>
    /// <param name="time">The clock.</param>
    public static NodeHelpers Of(IKubectl kubectl, PodWatch pods, TimeProvider time) => new(
        kubectl,
        (kubernetesNode, _) => ReadyOn(pods, kubernetesNode) is { } pod
            ? ValueTask.FromResult(pod.Name)
            : throw new HarnessException(ExitCode.EnvironmentFailed, $"There is no {ClusterNames.NodeHelper} ready on {kubernetesNode}."),
        time);

    /// <summary>Returns the helper's pod on a Kubernetes node; null while none is ready.</summary>
    /// <param name="pods">The helpers' pods.</param>
    /// <param name="kubernetesNode">The Kubernetes node's name.</param>
    public static PodFacts? ReadyOn(PodWatch pods, string kubernetesNode) =>
        pods.Pods.FirstOrDefault(pod => pod.KubernetesNode == kubernetesNode && pod is { IsReady: true, IsTerminating: false });

    /// <summary>Returns the session on a Kubernetes node. One that was lost is replaced; what it held stays undone.</summary>
    /// <param name="kubernetesNode">The Kubernetes node's name.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">There is no helper on that node, or it does not answer.</exception>
    public async Task<HelperClient> OnAsync(string kubernetesNode, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_sessions.TryGetValue(kubernetesNode, out var session))
            {
                if (session.Lost is null)
                {
                    return session;
                }

                await session.DisposeAsync();
                _sessions.Remove(kubernetesNode);
            }

            var pod = await _helperPodOf(kubernetesNode, cancellationToken);
            return _sessions[kubernetesNode] = await HelperClient.OpenAsync(_kubectl, pod, kubernetesNode, _time, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Gives an order to the helper on a pod's Kubernetes node.</summary>
    /// <typeparam name="TReport">What it reports.</typeparam>
    /// <param name="pod">The pod.</param>
    /// <param name="order">Makes the order.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<TReport> AskAsync<TReport>(
        PodIdentity pod, Func<PodOnNode, HelperOrder<TReport>> order, CancellationToken cancellationToken) =>
        await (await OnAsync(pod.KubernetesNode, cancellationToken)).AskAsync(order(OnNode(pod)), cancellationToken);

    /// <summary>Returns a pod as a helper is told of it.</summary>
    /// <param name="pod">The pod.</param>
    public static PodOnNode OnNode(PodIdentity pod) => new(pod.Name, pod.Uid, [.. pod.SparedContainers.Select(WithoutRuntime)]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        foreach (var session in _sessions.Values)
        {
            await session.DisposeAsync();
        }

        _sessions.Clear();
        _gate.Release();
    }

    // The API server writes containerd://ID, cgroup paths have the bare id.
    private static string WithoutRuntime(string container) => container[(container.LastIndexOf('/') + 1)..];
}
