using System.Diagnostics;
using Validation.Core.Stacks;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Resources;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Supervisor;

/// <summary>Keeps a node's program running, with Kubernetes' manners.</summary>
/// <remarks>
/// Start, readiness, liveness, restart with back-off, as a pod with <c>restartPolicy: Always</c>. When the main process
/// ends, whatever is left of the node is killed before it starts again, as a container runtime does it. While a node
/// is paused nobody asks it how it is: a liveness probe would end the fault early.
/// </remarks>
internal sealed class Supervision : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly BackOff _backOff = new();
    private readonly NodeProgram _program;
    private readonly NodeNamespace _namespace;
    private readonly NodeLog _log;
    private readonly StatusBoard _board;
    private readonly TimeProvider _time;
    private ITimer? _pauseLease;
    private WakeGuard? _guard;
    private Task _waking = Task.CompletedTask;
    private bool _held;
    private bool _released;
    private Task _loop = Task.CompletedTask;

    /// <summary>Creates the supervision of a node that does not run yet.</summary>
    /// <param name="program">What runs on it.</param>
    /// <param name="node">Its network namespace.</param>
    /// <param name="log">Its log.</param>
    /// <param name="board">Where its status is written down.</param>
    /// <param name="time">The clock.</param>
    public Supervision(NodeProgram program, NodeNamespace node, NodeLog log, StatusBoard board, TimeProvider time)
    {
        (_program, _namespace, _log, _board, _time) = (program, node, log, board, time);
        Processes = new NodeProcesses(node.Identity, time);
        Clock = new NodeClock(program.Name);
    }

    /// <summary>Gets the node's processes.</summary>
    public NodeProcesses Processes { get; }

    /// <summary>Gets the clock that the node gets when it is started.</summary>
    public NodeClock Clock { get; }

    /// <summary>Gets or sets which release the node is when it is started.</summary>
    public NodeRelease RunsAs { get; set; }

    /// <summary>Gets a value indicating whether the node does not start again until it is released.</summary>
    public bool IsHeld
    {
        get
        {
            lock (_gate)
            {
                return _held;
            }
        }
    }

    // Held down or released since it was started: either way its end is not its own.
    private bool IsInAFault
    {
        get
        {
            lock (_gate)
            {
                return _held || _released;
            }
        }
    }

    private bool IsPaused
    {
        get
        {
            lock (_gate)
            {
                return _pauseLease is not null;
            }
        }
    }

    /// <summary>Starts the program and keeps it running until this is disposed.</summary>
    public void Start() => _loop = SuperviseOrSayWhyNotAsync(_ended.Token);

    /// <summary>Holds the node down from its next end on.</summary>
    public void Hold()
    {
        lock (_gate)
        {
            _held = true;
        }

        _board.Nudge();
    }

    /// <summary>Lets the node start again at once.</summary>
    /// <returns>Whether it was held down.</returns>
    public bool Release()
    {
        lock (_gate)
        {
            if (!_held)
            {
                return false;
            }

            (_held, _released) = (false, true);
            _backOff.Reset();
        }

        _board.Nudge();
        return true;
    }

    /// <summary>Sends SIGTERM to the main process.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Terminate() => Processes.Main is var main && main != 0 && ProcessTable.IsAlive(main) && Native.Signal(main, Native.SigTerm);

    /// <summary>Freezes the node's processes, or the main process alone.</summary>
    /// <param name="onlyMain">Whether the others go on.</param>
    /// <param name="lease">After which time they are woken when nobody does it before.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many processes were hit; with none the node is not paused.</returns>
    public async Task<int> PauseAsync(bool onlyMain, TimeSpan lease, CancellationToken cancellationToken)
    {
        // A guard that is still about to wake the node would wake it out of this pause.
        EndPause();
        await _waking;
        var guard = new WakeGuard(lease, _time);
        lock (_gate)
        {
            _guard = guard;
            _pauseLease = _time.CreateTimer(_ => Resume("resumed by itself when its lease ended"), null, lease, Timeout.InfiniteTimeSpan);
        }

        var hit = await Processes.FreezeAsync(onlyMain, guard, cancellationToken);
        if (hit == 0)
        {
            EndPause();
        }

        lock (_gate)
        {
            if (_pauseLease is not null)
            {
                _board.Set(NodeState.Paused, null);
            }
        }

        return hit;
    }

    /// <summary>Wakes the node's processes. Does nothing when they are not frozen.</summary>
    /// <param name="how">How it came to that.</param>
    public void Resume(string how)
    {
        if (!EndPause())
        {
            return;
        }

        Processes.SignalAll(Native.SigCont);
        _log.Mark(how);
        _board.Set(NodeState.NotReady, how);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        EndPause();
        // Not asked politely: what the node holds lies on a tmpfs that goes with it.
        await Processes.KillAllAsync(CancellationToken.None);
        await _loop;
        await Processes.KillAllAsync(CancellationToken.None);
        _board.Set(NodeState.Stopped, null);
        _ended.Dispose();
    }

    private async Task SuperviseOrSayWhyNotAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SuperviseAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The stack goes down.
        }
        catch (Exception error)
        {
            // A node that nobody looks after any more must not seem to be well.
            _log.Mark($"no longer supervised: {error}");
            _board.Set(NodeState.Stopped, $"no longer supervised: {error.Message}");
        }
    }

    private async Task SuperviseAsync(CancellationToken cancellationToken)
    {
        var reason = "held down before it was started";
        while (true)
        {
            var health = new NodeHealth(_program, _time);
            if (TryStart() is { } process)
            {
                reason = await RunToItsEndAsync(process, health, cancellationToken);
                var wait = _backOff.Next(health.ReadyFor);
                if (!IsInAFault)
                {
                    _board.Set(NodeState.BackOff, $"{reason}; starts again in {Duration.Format(wait)}");
                    await _board.WaitUntilAsync(_ => IsInAFault, wait, cancellationToken);
                }
            }

            if (IsHeld)
            {
                _board.Set(NodeState.Held, reason);
                await _board.WaitUntilAsync(_ => !IsHeld, Timeout.InfiniteTimeSpan, cancellationToken);
            }
        }
    }

    private Process? TryStart()
    {
        lock (_gate)
        {
            if (_held)
            {
                return null;
            }

            _released = false;
            var program = RunsAs == NodeRelease.Next ? _program with { Command = _program.NextCommand! } : _program;
            _log.Mark($"start {_board.Status.Incarnation + 1}: {string.Join(' ', program.Command)}");
            var process = NodeLauncher.Start(program, _namespace, _log, Clock.Environment);
            Processes.Main = process.Id;
            _board.SetStarted();
            return process;
        }
    }

    private async Task<string> RunToItsEndAsync(Process process, NodeHealth health, CancellationToken cancellationToken)
    {
        using (process)
        {
            var exit = process.WaitForExitAsync(cancellationToken);
            while (!exit.IsCompleted)
            {
                await LookAfterAsync(health, exit, cancellationToken);
            }

            await exit;
            EndPause();
            await Processes.KillAllAsync(cancellationToken);
            Processes.Main = 0;
            var reason = Exit.Describe(process.ExitCode);
            _log.Mark(reason);
            return health.WhyRestart is { } why ? $"{why}; {reason}" : reason;
        }
    }

    // One round: asks the probes that are due and sleeps until the next one is, or until something happens.
    private async Task LookAfterAsync(NodeHealth health, Task exit, CancellationToken cancellationToken)
    {
        var change = _board.NextChange;
        if (IsPaused)
        {
            health.Forget();
            await Task.WhenAny(exit, change);
            return;
        }

        using var asking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ask = health.AskAsync(asking.Token);
        await Task.WhenAny(exit, ask);
        if (exit.IsCompleted)
        {
            await asking.CancelAsync();
            await ask.ContinueWith(_ => { }, TaskScheduler.Default);
            return;
        }

        await ask;
        lock (_gate)
        {
            if (_pauseLease is not null)
            {
                // Whatever was answered, or not, says nothing about a node that was frozen meanwhile.
                health.Forget();
                return;
            }

            _board.Set(health.State, health.Reason);
        }

        if (health.WhyRestart is { } why)
        {
            await RestartAsync(why, exit, cancellationToken);
            return;
        }

        await Task.WhenAny(exit, Task.Delay(health.Interval, _time, asking.Token));
        await asking.CancelAsync();
    }

    private async Task RestartAsync(string why, Task exit, CancellationToken cancellationToken)
    {
        _log.Mark($"asked to end: {why}");
        Terminate();
        await Task.WhenAny(exit, Task.Delay(LivenessProbe.Grace, _time, cancellationToken));
        await Processes.KillAllAsync(cancellationToken);
        await exit;
    }

    private bool EndPause()
    {
        lock (_gate)
        {
            var was = _pauseLease is not null;
            _pauseLease?.Dispose();
            _pauseLease = null;
            _waking = _guard?.DisposeAsync().AsTask() ?? _waking;
            _guard = null;
            return was;
        }
    }
}
