using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace EmbeddedSpire.Agent.Connection;

/// <summary>The time that several calls have together.</summary>
internal sealed class Deadline : IDisposable
{
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly CancellationTokenSource _end;
    private readonly CancellationTokenSource _either;

    /// <summary>Begins to count.</summary>
    /// <param name="limit">The time; more than zero.</param>
    /// <param name="time">The clock.</param>
    /// <param name="caller">Gives everything up.</param>
    public Deadline(TimeSpan limit, TimeProvider time, CancellationToken caller)
    {
        _limit = limit;
        _time = time;
        _start = time.GetTimestamp();
        Caller = caller;
        _end = new CancellationTokenSource(limit, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_end.Token, caller);
    }

    /// <summary>Gets what gives everything up, besides the time.</summary>
    public CancellationToken Caller { get; }

    /// <summary>Gets options for a call that has the rest of the time.</summary>
    public CallOptions Options
    {
        get
        {
            var rest = _limit - _time.GetElapsedTime(_start);
            return CallOptions.Within(rest > TimeSpan.Zero ? rest : TimeSpan.FromTicks(1));
        }
    }

    /// <summary>Chooses a server.</summary>
    /// <param name="channel">The servers.</param>
    /// <exception cref="GrpcException">None can be reached, or none was reached in time.</exception>
    public async Task<GrpcChannel> PickAsync(ServerChannel channel)
    {
        try
        {
            return await channel.PickAsync(_either.Token);
        }
        catch (OperationCanceledException) when (!Caller.IsCancellationRequested)
        {
            throw new GrpcException(StatusCode.DeadlineExceeded, channel.Failure is { } failure
                ? $"latest balancer error: {failure}"
                : "received context error while waiting for new LB policy update: context deadline exceeded");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _either.Dispose();
        _end.Dispose();
    }
}
