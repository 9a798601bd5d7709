using Validation.Core.Stacks;

namespace Validation.Environments.Local.Control;

/// <summary>What another command asks of a detached stack: one JSON object in one line.</summary>
/// <param name="Command">What to do.</param>
/// <param name="Node">For <see cref="ControlCommand.Log"/>: whose log.</param>
/// <param name="Lines">For <see cref="ControlCommand.Log"/>: how many lines at most.</param>
internal sealed record ControlRequest(ControlCommand Command, string? Node = null, int Lines = 0);

/// <summary>What can be asked of a detached stack.</summary>
internal enum ControlCommand
{
    /// <summary>Tell how it is.</summary>
    Status,

    /// <summary>Give the last lines of a node's log.</summary>
    Log,

    /// <summary>Go down.</summary>
    Down,
}

/// <summary>The answer: one JSON object in one line.</summary>
/// <param name="Problem">Why it was not done; null when it was.</param>
/// <param name="Status">For <see cref="ControlCommand.Status"/>.</param>
/// <param name="Lines">For <see cref="ControlCommand.Log"/>.</param>
internal sealed record ControlAnswer(string? Problem = null, StackStatus? Status = null, IReadOnlyList<string>? Lines = null);

/// <summary>How a detached stack is.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ReadySince">When it was ready for the first time.</param>
/// <param name="Nodes">Its nodes, in the order in which they started.</param>
/// <param name="Facts">The machine, the programs and their versions.</param>
public sealed record StackStatus(
    string Name, DateTimeOffset ReadySince, IReadOnlyList<StackNodeStatus> Nodes, IReadOnlyDictionary<string, string> Facts);

/// <summary>How one node of a detached stack is.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">Its role.</param>
/// <param name="Address">Its address inside the stack's network.</param>
/// <param name="State">What it is doing.</param>
/// <param name="Restarts">How often it has been started again.</param>
/// <param name="Reason">Why it is in this state, when that is not obvious.</param>
/// <param name="Database">For database nodes: role, state, lag and timeline, as <see cref="DatabaseMember.Describe"/> says it.</param>
public sealed record StackNodeStatus(
    string Name, string Role, string Address, NodeState State, int Restarts, string? Reason, string? Database);
