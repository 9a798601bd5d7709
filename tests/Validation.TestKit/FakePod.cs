using System.Net;
using Validation.Core;
using Validation.Core.Stacks;

namespace Validation.TestKit;

/// <summary>A pod that is replaced at once when it is deleted, unless a test tells it not to.</summary>
public sealed class FakePod(string name, string role, string kubernetesNode) : IReplica
{
    private int _pods = 1;

    public string Name { get; } = name;

    public string Role { get; } = role;

    public IPAddress Address { get; } = IPAddress.Loopback;

    public NodeStatus Status { get; set; } = new(NodeState.Ready, 0, 1);

    public string? PodUid { get; set; } = $"{name}-pod-1";

    public string? KubernetesNode { get; set; } = kubernetesNode;

    /// <summary>Gets the grace with which it was deleted, each time.</summary>
    public List<TimeSpan> Deletions { get; } = [];

    /// <summary>Gets the pods that the API server has although they were deleted, as when a finalizer holds them.</summary>
    public HashSet<string> Lingering { get; } = [];

    /// <summary>Gets or sets whether nobody makes another pod.</summary>
    public bool StaysAway { get; set; }

    public Task<string> DeletePodAsync(TimeSpan grace, CancellationToken cancellationToken)
    {
        var uid = PodUid ?? throw new HarnessException(ExitCode.EnvironmentFailed, $"{Name} has no pod right now.");
        Deletions.Add(grace);
        Leave();
        return Task.FromResult(uid);
    }

    public Task<bool> HasPodAsync(string uid, CancellationToken cancellationToken) => Task.FromResult(PodUid == uid || Lingering.Contains(uid));

    /// <summary>Ends its pod and, if somebody makes another, begins that.</summary>
    public void Leave(string? to = null)
    {
        PodUid = null;
        Status = Status with { State = NodeState.BackOff, Reason = "its pod is gone" };
        if (!StaysAway)
        {
            Come(to ?? KubernetesNode);
        }
    }

    /// <summary>Begins another pod.</summary>
    public void Come(string? where)
    {
        _pods++;
        PodUid = $"{Name}-pod-{_pods}";
        KubernetesNode = where;
        Status = new NodeStatus(NodeState.Ready, Status.Restarts + 1, Status.Incarnation + 1);
    }
}
