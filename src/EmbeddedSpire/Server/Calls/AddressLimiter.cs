using System.Collections.Concurrent;
using System.Net;
using EmbeddedSpire.Metrics;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Server.Calls;

/// <summary>Limits how often each source address may do something. SPIRE's limiters queue; they refuse only who cannot wait long enough.</summary>
internal sealed class AddressLimiter
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<IPAddress, TokenBucket> _buckets = [];
    private readonly ConcurrentDictionary<string, CallMetric> _waits = [];
    private readonly int? _rate;
    private readonly MetricRegistry _metrics;
    private readonly TimeProvider _time;
    private long _sweptAt;

    /// <summary>Creates a limiter.</summary>
    /// <param name="rate">Per second and address; null when it is switched off.</param>
    /// <param name="metrics">Where waiting is counted and timed, while the limiter is on.</param>
    /// <param name="time">The clock.</param>
    public AddressLimiter(int? rate, MetricRegistry metrics, TimeProvider time)
    {
        _rate = rate;
        _metrics = metrics;
        _time = time;
        _sweptAt = time.GetTimestamp();
    }

    /// <summary>Waits for a caller's turn.</summary>
    /// <param name="call">The call.</param>
    /// <param name="count">How much of the limit it uses up.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="GrpcException">It would not come to its turn in time, or asks for more than there ever is.</exception>
    public async ValueTask WaitAsync(ServerCall call, int count, CancellationToken cancellationToken)
    {
        if (_rate is not { } rate)
        {
            return;
        }

        var metric = _waits.GetOrAdd(call.Method.Path, static (path, metrics) => metrics.Call($"rateLimit_{RpcMetrics.KeyOf(path)}"), _metrics);
        var begun = metric.Begin();
        var status = StatusCode.Unknown;
        try
        {
            await WaitAsync(Caller.Of(call.Peer).Address, count, rate, call.Deadline, cancellationToken);
            status = StatusCode.OK;
        }
        catch (GrpcException refusal)
        {
            status = refusal.Code;
            throw;
        }
        finally
        {
            metric.End(begun, status.ToString());
        }
    }

    private async ValueTask WaitAsync(IPAddress? address, int count, int rate, DateTimeOffset? deadline, CancellationToken cancellationToken)
    {
        if (address is null)
        {
            return;
        }

        if (count > rate)
        {
            throw new GrpcException(StatusCode.ResourceExhausted, $"rate ({count}) exceeds burst size ({rate})");
        }

        Sweep();
        var bucket = _buckets.GetOrAdd(address, static (_, limiter) => new TokenBucket(limiter._rate!.Value, limiter._time), this);
        var wait = bucket.Take(count, deadline - _time.GetUtcNow())
            ?? throw new GrpcException(StatusCode.ResourceExhausted, $"rate: Wait(n={count}) would exceed context deadline");
        if (wait <= TimeSpan.Zero)
        {
            return;
        }

        try
        {
            await Task.Delay(wait, _time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            bucket.GiveBack(count);
            throw;
        }
    }

    /// <summary>Forgets addresses that have been quiet, now and then.</summary>
    private void Sweep()
    {
        var sweptAt = Volatile.Read(ref _sweptAt);
        if (_time.GetElapsedTime(sweptAt) < SweepInterval || Interlocked.CompareExchange(ref _sweptAt, _time.GetTimestamp(), sweptAt) != sweptAt)
        {
            return;
        }

        foreach (var (address, bucket) in _buckets)
        {
            if (bucket.IsFull)
            {
                _buckets.TryRemove(new(address, bucket));
            }
        }
    }
}
