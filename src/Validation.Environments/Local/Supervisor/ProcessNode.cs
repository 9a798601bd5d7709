using System.Net;
using Validation.Core.Stacks;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Resources;

namespace Validation.Environments.Local.Supervisor;

/// <summary>A node that runs a program, and what can be done to it.</summary>
internal sealed class ProcessNode : IStoppable, IErasable, IManagerPausable, IProcessorControl, ILimitable, IStorageControl, IClockControl, IReleaseControl, IAsyncDisposable
{
    private const int EndsAllowedAtStart = 3;
    private const int LogLinesInMessages = 15;
    private static readonly TimeSpan ReleaseLimit = TimeSpan.FromSeconds(5);

    private readonly NodeProgram _program;
    private readonly NodeNamespace _namespace;
    private readonly TimeProvider _time;
    private readonly List<ProcessLimits> _limits = [];
    private readonly NodeLog _log;
    private readonly StatusBoard _board;
    private readonly Supervision _supervision;

    /// <summary>Creates the node; it does not run yet.</summary>
    /// <param name="program">What runs on it.</param>
    /// <param name="node">Its network namespace.</param>
    /// <param name="log">Its log.</param>
    /// <param name="time">The clock.</param>
    public ProcessNode(NodeProgram program, NodeNamespace node, NodeLog log, TimeProvider time)
    {
        (_program, _namespace, _log, _time, _board) = (program, node, log, time, new StatusBoard(time));
        _supervision = new Supervision(program, node, log, _board, time);
        _board.StateChanged += status => StateChanged?.Invoke(this, status);
    }

    /// <summary>Told of every change of state, in order. Must be quick.</summary>
    public event Action<ProcessNode, NodeStatus>? StateChanged;

    /// <inheritdoc/>
    public string Name => _program.Name;

    /// <inheritdoc/>
    public string Role => _program.Role;

    /// <inheritdoc/>
    public IPAddress Address => _program.Address;

    /// <inheritdoc/>
    public NodeStatus Status => _board.Status;

    /// <summary>Gets a value indicating whether it does not start again until it is released.</summary>
    public bool IsHeldDown => _supervision.IsHeld;

    /// <summary>Gets which release it is when it is started.</summary>
    public NodeRelease Release => _supervision.RunsAs;

    /// <summary>Starts the program and keeps it running until the node is disposed.</summary>
    public void Start() => _supervision.Start();

    /// <summary>Waits until the node is ready for the first time.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HarnessException">
    /// It took longer than its start limit, or ended three times; the message has the last lines of its log.
    /// </exception>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        await _board.WaitUntilAsync(
            status => status.State == NodeState.Ready || HasGivenUp(status), _program.StartLimit, cancellationToken);
        var status = _board.Status;
        if (status.State == NodeState.Ready)
        {
            return;
        }

        var what = HasGivenUp(status)
            ? $"ended {EndsAllowedAtStart} times before it was ready"
            : $"did not get ready within {Duration.Format(_program.StartLimit)}";
        var tail = string.Concat(_log.Tail(LogLinesInMessages).Select(line => $"{Environment.NewLine}    {line}"));
        throw new HarnessException(
            ExitCode.EnvironmentFailed,
            $"{Name} {what}; last seen: {status.Reason ?? status.State.ToString()}. The last lines of its log:{tail}",
            $"The whole log is {_log.File.FullName}.");
    }

    /// <summary>Returns the last lines of the node's log.</summary>
    /// <param name="lines">How many at most.</param>
    public IReadOnlyList<string> LogTail(int lines) => _log.Tail(lines);

    /// <inheritdoc/>
    public Task<int> CountProcessesAsync(CancellationToken cancellationToken) => Task.FromResult(_supervision.Processes.Find().Count);

    /// <inheritdoc/>
    public Task<bool> IsFrozenAsync(CancellationToken cancellationToken) => Task.FromResult(_supervision.Processes.AreFrozen());

    /// <inheritdoc/>
    public Task<bool> IsManagerFrozenAsync(CancellationToken cancellationToken) => Task.FromResult(_supervision.Processes.IsMainFrozen());

    /// <inheritdoc/>
    public async Task<SignalReceipt> KillAsync(bool holdDown, CancellationToken cancellationToken)
    {
        _log.Mark(holdDown ? "killed by a fault and held down" : "killed by a fault");
        var incarnation = BeginFault(holdDown);
        return new SignalReceipt(await _supervision.Processes.KillAllAsync(cancellationToken), incarnation);
    }

    /// <inheritdoc/>
    public async Task<SignalReceipt> StopAsync(TimeSpan grace, bool holdDown, CancellationToken cancellationToken)
    {
        _log.Mark($"asked to end by a fault, within {Duration.Format(grace)}{(holdDown ? ", and held down" : string.Empty)}");
        var incarnation = BeginFault(holdDown);
        var hit = _supervision.Terminate();
        var inTime = hit && await _board.WaitUntilAsync(status => HasEnded(status, incarnation), grace, cancellationToken);
        await _supervision.Processes.KillAllAsync(cancellationToken);
        return new SignalReceipt(hit ? 1 : 0, incarnation, inTime);
    }

    /// <inheritdoc/>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        var incarnation = Status.Incarnation;
        if (_supervision.Release())
        {
            await _board.WaitUntilAsync(status => status.Incarnation != incarnation, ReleaseLimit, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task EraseAsync(CancellationToken cancellationToken)
    {
        // Its processes are gone a moment before the supervision has noticed.
        if (!await _board.WaitUntilAsync(status => status.State == NodeState.Held, ReleaseLimit, cancellationToken))
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"{Name} cannot lose what it has stored while it is {Status.State}; it has to be held down.");
        }

        _program.WriteFiles();
        _log.Mark("has lost everything that it had stored, by a fault");
    }

    /// <inheritdoc/>
    public Task<SignalReceipt> PauseAsync(TimeSpan lease, CancellationToken cancellationToken) => PauseAsync(onlyMain: false, lease, cancellationToken);

    /// <inheritdoc/>
    public Task<SignalReceipt> PauseManagerAsync(TimeSpan lease, CancellationToken cancellationToken) => PauseAsync(onlyMain: true, lease, cancellationToken);

    /// <inheritdoc/>
    public Task ResumeAsync(CancellationToken cancellationToken)
    {
        _supervision.Resume("resumed");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<IProcessorPressure> OccupyAsync(int workers, TimeSpan lease, CancellationToken cancellationToken)
    {
        _log.Mark($"{workers} busy processes beside it by a fault, for {Duration.Format(lease)} at most");
        return await BusyWork.StartAsync(_namespace, workers, lease, _time, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<IProcessorPressure> ThrottleAsync(double share, TimeSpan lease, CancellationToken cancellationToken)
    {
        _log.Mark($"throttled by a fault, for {Duration.Format(lease)} at most");
        return Task.FromResult<IProcessorPressure>(Throttle.Start(_namespace, share, lease, _time));
    }

    /// <inheritdoc/>
    public async Task<IProcessLimit> LimitAsync(ProcessResource resource, long leave, TimeSpan lease, CancellationToken cancellationToken)
    {
        var what = resource == ProcessResource.Memory ? "memory" : "file descriptors";
        if (_limits.Any(limits => limits.InForce == resource))
        {
            // What it would find as the limits from before are those of the other one.
            throw new HarnessException(ExitCode.EnvironmentFailed, $"The {what} of {Name} are limited by another fault.");
        }

        _log.Mark($"{what} limited by a fault, for {Duration.Format(lease)} at most");
        var limits = await ProcessLimits.SetAsync(_supervision.Processes, _namespace.Identity, () => Status.Incarnation, resource, leave, lease, _time);
        _limits.Add(limits);
        return limits;
    }

    /// <inheritdoc/>
    public Task<IAsyncDisposable> FillAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        _log.Mark($"its file system filled by a fault, for {Duration.Format(lease)} at most");
        return NodeStorage.FillAsync(_program.Directory, lease, _time);
    }

    /// <inheritdoc/>
    public Task<bool> TryWriteAsync(long bytes, CancellationToken cancellationToken) => Task.FromResult(NodeStorage.TryWrite(_program.Directory, bytes));

    /// <inheritdoc/>
    public async Task<IAsyncDisposable> SetClockOffAsync(TimeSpan by, TimeSpan lease, CancellationToken cancellationToken)
    {
        _log.Mark($"its clock set off by a fault, for {Duration.Format(lease)} at most");
        var off = _supervision.Clock.SetOff(by, lease, _time);
        try
        {
            await KillAsync(holdDown: true, cancellationToken);
            return off;
        }
        catch
        {
            await off.DisposeAsync();
            throw;
        }
        finally
        {
            await ReleaseAsync(CancellationToken.None);
        }
    }

    /// <inheritdoc/>
    public Task<DateTimeOffset?> ReadClockAsync(CancellationToken cancellationToken) =>
        (_program.Liveness?.Probe as HttpProbe ?? _program.Readiness as HttpProbe)?.ReadDateAsync(cancellationToken) ?? Task.FromResult<DateTimeOffset?>(null);

    /// <inheritdoc/>
    public void Choose(NodeRelease release)
    {
        _log.Mark($"its release chosen by a fault: {release}");
        _supervision.RunsAs = release;
    }

    /// <inheritdoc/>
    public Task<string?> ReadVersionAsync(CancellationToken cancellationToken) =>
        _program.MetricsPort is { } port ? SpireVersion.ReadAsync(Address, port, cancellationToken) : Task.FromResult<string?>(null);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _supervision.DisposeAsync();

    private static bool HasGivenUp(NodeStatus status) =>
        status.State == NodeState.BackOff && status.Incarnation >= EndsAllowedAtStart;

    private static bool HasEnded(NodeStatus status, int incarnation) =>
        status.Incarnation != incarnation || status.State is NodeState.BackOff or NodeState.Held or NodeState.Stopped;

    private async Task<SignalReceipt> PauseAsync(bool onlyMain, TimeSpan lease, CancellationToken cancellationToken)
    {
        _log.Mark($"{(onlyMain ? "its main process " : string.Empty)}paused by a fault, for {Duration.Format(lease)} at most");
        var incarnation = Status.Incarnation;
        return new SignalReceipt(await _supervision.PauseAsync(onlyMain, lease, cancellationToken), incarnation);
    }

    private int BeginFault(bool holdDown)
    {
        var incarnation = Status.Incarnation;
        if (holdDown)
        {
            _supervision.Hold();
        }

        return incarnation;
    }
}
