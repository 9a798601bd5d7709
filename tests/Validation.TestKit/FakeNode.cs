using System.Net;
using Validation.Core;
using Validation.Core.Stacks;

namespace Validation.TestKit;

/// <summary>A node that obeys at once, unless a test tells it not to.</summary>
public sealed partial class FakeNode : IStoppable, IErasable, IManagerPausable
{
    private bool _held;
    private bool _frozen;

    public FakeNode(string name, string role, IPAddress? address = null) =>
        (Name, Role, Address) = (name, role, address ?? IPAddress.Loopback);

    public string Name { get; }

    public string Role { get; }

    public IPAddress Address { get; }

    public NodeStatus Status { get; set; } = new(NodeState.Ready, 0, 1);

    /// <summary>Gets or sets how many processes the node has.</summary>
    public int Processes { get; set; } = 3;

    /// <summary>Gets or sets whether signals have no effect, as on a process that cannot be killed.</summary>
    public bool IgnoresSignals { get; set; }

    /// <summary>Gets or sets whether the node stays down although it was released.</summary>
    public bool StaysDown { get; set; }

    /// <summary>Gets or sets whether the node is starting, and not ready, when it is started again.</summary>
    public bool StartsSlowly { get; set; }

    public Task<SignalReceipt> KillAsync(bool holdDown, CancellationToken cancellationToken)
    {
        var receipt = new SignalReceipt(Processes, Status.Incarnation);
        if (!IgnoresSignals)
        {
            (Processes, _frozen) = (0, false);
            _held = holdDown;
            Status = Status with { State = holdDown ? NodeState.Held : NodeState.BackOff };
            if (!holdDown)
            {
                Restart();
            }
        }

        return Task.FromResult(receipt);
    }

    public async Task<SignalReceipt> StopAsync(TimeSpan grace, bool holdDown, CancellationToken cancellationToken) =>
        await KillAsync(holdDown, cancellationToken) with { EndedWithinGrace = true };

    public Task ReleaseAsync(CancellationToken cancellationToken)
    {
        if (_held)
        {
            _held = false;
            Restart();
        }

        return Task.CompletedTask;
    }

    /// <summary>Gets or sets what happens when the node loses what it has stored.</summary>
    public Action OnErase { get; set; } = () => { };

    public Task EraseAsync(CancellationToken cancellationToken)
    {
        if (!_held)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"{Name} is not held down.");
        }

        OnErase();
        return Task.CompletedTask;
    }

    public Task<int> CountProcessesAsync(CancellationToken cancellationToken) => Task.FromResult(Processes);

    public Task<SignalReceipt> PauseAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        _frozen = !IgnoresSignals;
        Status = Status with { State = NodeState.Paused };
        return Task.FromResult(new SignalReceipt(Processes, Status.Incarnation));
    }

    public Task ResumeAsync(CancellationToken cancellationToken)
    {
        _frozen = false;
        Status = Status with { State = NodeState.Ready };
        return Task.CompletedTask;
    }

    public Task<bool> IsFrozenAsync(CancellationToken cancellationToken) => Task.FromResult(_frozen);

    public Task<SignalReceipt> PauseManagerAsync(TimeSpan lease, CancellationToken cancellationToken) => PauseAsync(lease, cancellationToken);

    public Task<bool> IsManagerFrozenAsync(CancellationToken cancellationToken) => IsFrozenAsync(cancellationToken);

    /// <summary>Starts the node again, as its restart policy would.</summary>
    public void Restart()
    {
        if (StaysDown)
        {
            return;
        }

        Processes = 3;
        Started = Chosen;
        Status = new NodeStatus(StartsSlowly ? NodeState.Starting : NodeState.Ready, Status.Restarts + 1, Status.Incarnation + 1);
    }
}
