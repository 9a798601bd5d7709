using Validation.Core.Stacks;

namespace Validation.Environments.Cluster.Pods;

/// <summary>Turns what the API server says of a pod, one moment after the other, into the status of a node.</summary>
/// <remarks>
/// A pod that is deleted and made again is the same node in its next incarnation. What the harness itself does to the
/// node, holding it down or freezing it, no API server knows; it is told here.
/// </remarks>
internal sealed class PodProgress
{
    private readonly string _container;
    private PodFacts? _pod;
    private string? _counted;
    private string? _readyIn;
    private int _incarnation;
    private bool _isHeld;
    private bool _isPaused;

    /// <summary>Begins without a pod.</summary>
    /// <param name="container">The name of the pod's main container.</param>
    public PodProgress(string container) => _container = container;

    /// <summary>Gets the pod as it was seen last; null when there is none.</summary>
    public PodFacts? Pod => _pod;

    /// <summary>Gets what the node is doing.</summary>
    public NodeStatus Status { get; private set; } = new(NodeState.Stopped, 0, 0, "no pod was seen yet");

    /// <summary>Takes in what the API server says.</summary>
    /// <param name="pod">The pod; null when it is gone.</param>
    /// <returns>True when that changes the status.</returns>
    public bool See(PodFacts? pod)
    {
        var before = _pod?.Uid == pod?.Uid ? _pod?.Container(_container) : null;
        _pod = pod;
        Count(before);
        if (pod is { IsReady: true } && pod.Container(_container) is { IsRunning: true } container)
        {
            _readyIn = container.Id;
        }

        return Refresh();
    }

    /// <summary>Takes in that the harness holds the node down, or lets it go.</summary>
    /// <param name="isHeld">True from the moment the order is given.</param>
    /// <returns>True when that changes the status.</returns>
    public bool Hold(bool isHeld)
    {
        _isHeld = isHeld;
        return Refresh();
    }

    /// <summary>Takes in that the harness has frozen the node, or woken it.</summary>
    /// <param name="isPaused">True when it is frozen.</param>
    /// <returns>True when that changes the status.</returns>
    public bool Pause(bool isPaused)
    {
        _isPaused = isPaused;
        return Refresh();
    }

    private void Count(ContainerFacts? before)
    {
        // What a kubelet starts of a node that is held down, and the helper ends again, was never up.
        if (_pod?.Container(_container) is not { Id: not null } now || (_isHeld && !_pod.IsReady))
        {
            return;
        }

        // Between two looks a container can have been started more than once, and its pod been made anew.
        var started = before?.Id is null ? 1 + now.Restarts - (before?.Restarts ?? 0)
            : Math.Max(now.Restarts - before.Restarts, before.Id == now.Id ? 0 : 1);

        // What runs now may have been seen first while the node was held down, and outlived that.
        started = started == 0 && now.IsRunning && now.Id != _counted ? 1 : started;
        _counted = started > 0 ? now.Id : _counted;
        _incarnation += started;
    }

    private bool Refresh()
    {
        var (state, reason) = Look();
        var before = Status;
        Status = new NodeStatus(state, Math.Max(0, _incarnation - 1), _incarnation, reason);
        return before != Status;
    }

    private (NodeState State, string? Reason) Look()
    {
        var container = _pod?.Container(_container);
        if (_isHeld)
        {
            return (NodeState.Held, null);
        }

        if (_isPaused && container is { IsRunning: true })
        {
            return (NodeState.Paused, null);
        }

        if (_pod is null)
        {
            return (_incarnation == 0 ? NodeState.Stopped : NodeState.BackOff, "its pod is gone");
        }

        if (container is not { IsRunning: true })
        {
            return NotRunning(_pod, container);
        }

        var where = _pod.IsTerminating ? "its pod is being deleted" : null;
        return _pod.IsReady ? (NodeState.Ready, where)
            : _readyIn == container.Id ? (NodeState.NotReady, where ?? "its readiness probe fails")
            : (NodeState.Starting, where);
    }

    private (NodeState State, string? Reason) NotRunning(PodFacts pod, ContainerFacts? container)
    {
        var words = new[] { pod.Reason ?? container?.Waiting, container?.Trouble ?? pod.Message ?? pod.Unschedulable }.OfType<string>().Distinct();
        var reason = string.Join(": ", words) is { Length: > 0 } said ? said : $"pod {pod.Phase}";
        return (_incarnation == 0 ? NodeState.Starting : NodeState.BackOff, reason);
    }
}
