using Validation.Core.Running;
using Validation.Core.Stacks;

namespace Validation.TestKit;

/// <summary>A stack in a cluster in memory: three servers on three Kubernetes nodes.</summary>
public sealed class FakeCluster : IStack, IRolloutControl, IScaleControl, ICordonControl, IEvictionControl
{
    public IReadOnlyList<FakePod> Servers { get; } =
    [
        new("spire-server-1", Roles.SpireServer, "node-a"), new("spire-server-2", Roles.SpireServer, "node-b"), new("spire-server-3", Roles.SpireServer, "node-c"),
    ];

    public IReadOnlyList<INode> Nodes => Servers;

    public IReadOnlyDictionary<string, string> Facts { get; } = new Dictionary<string, string>();

    /// <summary>Gets the roles that were restarted.</summary>
    public List<string> Rollouts { get; } = [];

    /// <summary>Gets the numbers of replicas that were set.</summary>
    public List<int> Scales { get; } = [];

    /// <summary>Gets or sets whether nobody acts on a changed number of replicas.</summary>
    public bool IgnoresScales { get; set; }

    public Task RestartAsync(string role, CancellationToken cancellationToken)
    {
        Rollouts.Add(role);
        return Task.CompletedTask;
    }

    public Task ScaleAsync(string role, int replicas, CancellationToken cancellationToken)
    {
        Scales.Add(replicas);
        foreach (var (server, index) in Servers.Select((server, index) => (server, index)).Where(_ => !IgnoresScales))
        {
            if (index >= replicas && server.PodUid is not null)
            {
                server.StaysAway = true;
                server.Leave();
            }
            else if (index < replicas && server.PodUid is null)
            {
                server.Come(server.KubernetesNode);
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>Gets the Kubernetes nodes that are closed to new pods.</summary>
    public HashSet<string> Closed { get; } = [];

    /// <summary>Gets what a disruption budget says to the eviction of a node; who is not here may go.</summary>
    public Dictionary<string, string> Budgets { get; } = [];

    /// <summary>Gets who was asked to leave, each time.</summary>
    public List<string> Evictions { get; } = [];

    /// <summary>Gets or sets what is thrown when somebody asks for an eviction.</summary>
    public Exception? EvictionFails { get; set; }

    /// <summary>Gets or sets whether nothing is closed although somebody says so.</summary>
    public bool IgnoresCordons { get; set; }

    public Task<ICordon> CordonAsync(IReadOnlyCollection<string> kubernetesNodes, CancellationToken cancellationToken)
    {
        if (!IgnoresCordons)
        {
            Closed.UnionWith(kubernetesNodes);
        }

        return Task.FromResult<ICordon>(new FakeCordon(this, kubernetesNodes));
    }

    public Task<EvictionAnswer> EvictAsync(IReplica pod, CancellationToken cancellationToken)
    {
        if (EvictionFails is { } failure)
        {
            throw failure;
        }

        Evictions.Add(pod.Name);
        var answer = new EvictionAnswer(pod.PodUid!, Budgets.GetValueOrDefault(pod.Name));
        if (answer.Refusal is null)
        {
            ((FakePod)pod).Leave(Servers.Select(server => server.KubernetesNode).FirstOrDefault(name => !Closed.Contains(name!)));
        }

        return Task.FromResult(answer);
    }

    public Task WatchAsync(IEventSink events, CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class FakeCordon(FakeCluster cluster, IReadOnlyCollection<string> kubernetesNodes) : ICordon
    {
        public IReadOnlyCollection<string> KubernetesNodes => kubernetesNodes;

        public Task<IReadOnlyCollection<string>> AskClosedAsync(CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyCollection<string>>([.. kubernetesNodes.Where(cluster.Closed.Contains)]);

        public Task LiftAsync(CancellationToken cancellationToken)
        {
            cluster.Closed.ExceptWith(kubernetesNodes);
            return Task.CompletedTask;
        }

        public async ValueTask DisposeAsync() => await LiftAsync(CancellationToken.None);
    }
}
