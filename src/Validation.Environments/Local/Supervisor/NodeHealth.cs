using Validation.Core.Stacks;

namespace Validation.Environments.Local.Supervisor;

/// <summary>What is known about the health of one incarnation of a node.</summary>
internal sealed class NodeHealth
{
    // A stack should be up as soon as it can be; afterwards a second is what Kubernetes offers at its quickest.
    private static readonly TimeSpan IntervalWhileStarting = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan IntervalAfterwards = TimeSpan.FromSeconds(1);

    private readonly NodeProgram _program;
    private readonly TimeProvider _time;
    private long _livenessFrom;
    private TimeSpan _nextLiveness;
    private long? _readySince;
    private int _livenessFailures;
    private bool _wasReady;

    /// <summary>Begins with a node that just started.</summary>
    /// <param name="program">The node's program.</param>
    /// <param name="time">The clock.</param>
    public NodeHealth(NodeProgram program, TimeProvider time)
    {
        (_program, _time) = (program, time);
        _livenessFrom = time.GetTimestamp();
        _nextLiveness = program.Liveness?.InitialDelay ?? TimeSpan.Zero;
    }

    /// <summary>Gets what the last answers mean.</summary>
    public NodeState State => _readySince is not null ? NodeState.Ready : _wasReady ? NodeState.NotReady : NodeState.Starting;

    /// <summary>Gets what was wrong with the last answer of the readiness probe; null when nothing was.</summary>
    public string? Reason { get; private set; }

    /// <summary>Gets how long the node has been ready without a break.</summary>
    public TimeSpan ReadyFor => _readySince is { } since ? _time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Gets why the node must be restarted; null while the liveness probe has not failed too often.</summary>
    public string? WhyRestart { get; private set; }

    /// <summary>Gets the time to the next question.</summary>
    public TimeSpan Interval => _wasReady ? IntervalAfterwards : IntervalWhileStarting;

    /// <summary>Asks the probes that are due.</summary>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async Task AskAsync(CancellationToken cancellationToken)
    {
        Reason = await _program.Readiness.TryAsync(cancellationToken);
        _readySince = Reason is null ? _readySince ?? _time.GetTimestamp() : null;
        _wasReady |= Reason is null;
        if (_program.Liveness is { } liveness && _time.GetElapsedTime(_livenessFrom) >= _nextLiveness)
        {
            await AskLivenessAsync(liveness, cancellationToken);
        }
    }

    /// <summary>Begins anew after a pause, in which nobody could have answered.</summary>
    public void Forget()
    {
        _readySince = null;
        _livenessFailures = 0;
        WhyRestart = null;
        _livenessFrom = _time.GetTimestamp();
        _nextLiveness = _program.Liveness?.Period ?? TimeSpan.Zero;
    }

    private async Task AskLivenessAsync(LivenessProbe liveness, CancellationToken cancellationToken)
    {
        var answer = await liveness.Probe.TryAsync(cancellationToken);
        _livenessFailures = answer is null ? 0 : _livenessFailures + 1;
        _livenessFrom = _time.GetTimestamp();
        _nextLiveness = liveness.Period;
        if (_livenessFailures >= liveness.FailureThreshold)
        {
            WhyRestart = $"its liveness probe failed {_livenessFailures} times in a row: {answer}";
        }
    }
}
