namespace Validation.Core.Stacks;

/// <summary>What a node is doing.</summary>
public enum NodeState
{
    /// <summary>Its process runs but has not yet been ready since it started.</summary>
    Starting,

    /// <summary>Its readiness probe succeeds.</summary>
    Ready,

    /// <summary>Its process runs and its readiness probe fails.</summary>
    NotReady,

    /// <summary>Its processes are frozen (SIGSTOP).</summary>
    Paused,

    /// <summary>Its process ended and waits for its restart.</summary>
    BackOff,

    /// <summary>Its process ended and is held down by a fault.</summary>
    Held,

    /// <summary>It was stopped together with the stack, or not started yet.</summary>
    Stopped,
}

/// <summary>A node at one moment.</summary>
/// <param name="State">What it is doing.</param>
/// <param name="Restarts">How often it has been started again since the stack came up.</param>
/// <param name="Incarnation">A number that grows by one with every start; the first is 1, 0 means never started.</param>
/// <param name="Reason">Why it is in this state, when that is not obvious: the probe's answer, the exit code.</param>
public sealed record NodeStatus(NodeState State, int Restarts, int Incarnation, string? Reason = null);
