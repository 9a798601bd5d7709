using System.Net;
using EmbeddedSpire.Agent.Timing;
using Spire.Wire.Grpc.Client;

namespace EmbeddedSpire.Agent.Connection;

/// <summary>How a connection is doing.</summary>
internal enum ConnectionState
{
    /// <summary>The first attempt is under way, or one after a connection that worked.</summary>
    Connecting,

    /// <summary>Calls can be made.</summary>
    Ready,

    /// <summary>The last attempt failed; stays so while further ones are made.</summary>
    Failed,
}

/// <summary>
/// Keeps a connection to one of the server's addresses, as a subchannel of gRPC does: opened before it is needed, opened
/// again at once when it is lost, and with growing pauses when that fails.
/// </summary>
internal sealed class ServerConnection : IDisposable
{
    // Those of gRPC: see its document "Connection Backoff Protocol".
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan LeastAttempt = TimeSpan.FromSeconds(20);

    private const double PauseGrowth = 1.6;
    private const double PauseSpread = 0.2;

    private readonly IPEndPoint _address;
    private readonly ServerConnector _connector;
    private readonly Jitter _jitter;
    private readonly TimeProvider _time;
    private readonly Action<ServerConnection> _changed;
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _gate = new();
    private ReadyStream? _waiting;
    private ReadyStream? _latest;
    private bool _ended;

    /// <summary>Creates the connection and begins to open it.</summary>
    /// <param name="address">The address.</param>
    /// <param name="connector">Opens it.</param>
    /// <param name="jitter">Draws the pauses.</param>
    /// <param name="time">The clock of the pauses.</param>
    /// <param name="changed">Told when the state has changed.</param>
    public ServerConnection(
        IPEndPoint address, ServerConnector connector, Jitter jitter, TimeProvider time, Action<ServerConnection> changed)
    {
        _address = address;
        _connector = connector;
        _jitter = jitter;
        _time = time;
        _changed = changed;
        Channel = new GrpcChannel(new GrpcChannelOptions
        {
            Dial = async cancellationToken => await TakeAsync(cancellationToken),
            Authority = connector.Authority,
            // Makes requests say https; the streams that we dial have done their handshake.
            Tls = () => throw new InvalidOperationException("The connector does the handshake itself."),
            UserAgent = $"spire-agent/{Release.Embedded}",
            Time = time,
        });
        _ = Task.Run(() => KeepAsync(_end.Token));
    }

    /// <summary>Gets what calls are made with while the state is <see cref="ConnectionState.Ready"/>.</summary>
    public GrpcChannel Channel { get; }

    /// <summary>Gets how it is doing.</summary>
    public ConnectionState State { get; private set; }

    /// <summary>Gets why the last attempt failed; null when none has.</summary>
    public DialException? Failure { get; private set; }

    /// <summary>Closes the connection; calls that run fail.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            _end.Cancel();
            _waiting?.Dispose();
        }

        Channel.Dispose();
        _end.Dispose();
    }

    /// <summary>Returns how long to pause after a number of failures in a row.</summary>
    /// <param name="failures">At least 1.</param>
    /// <param name="jitter">Varies all but the first pause.</param>
    internal static TimeSpan PauseAfter(int failures, Jitter jitter)
    {
        if (failures <= 1)
        {
            return FirstPause;
        }

        var pause = FirstPause * Math.Min(Math.Pow(PauseGrowth, failures - 1), LongestPause / FirstPause);
        return jitter.Around(pause, PauseSpread);
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        try
        {
            for (var failures = 0; ;)
            {
                var pause = PauseAfter(failures + 1, _jitter);
                if (await TryOpenAsync(pause > LeastAttempt ? pause : LeastAttempt, cancellationToken))
                {
                    failures = 0;
                    await LossAsync(cancellationToken);
                    Become(ConnectionState.Connecting, null);
                }
                else
                {
                    failures++;
                    await Task.Delay(pause, _time, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The channel is closed.
        }
    }

    private async Task<bool> TryOpenAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            Hold(await _connector.ConnectAsync(_address, either.Token));
            return true;
        }
        catch (DialException failure)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Become(ConnectionState.Failed, failure);
            return false;
        }
    }

    private void Hold(ReadyStream stream)
    {
        lock (_gate)
        {
            if (_ended)
            {
                stream.Dispose();
                return;
            }

            _waiting = _latest = stream;
        }

        Become(ConnectionState.Ready, null);
    }

    /// <summary>Gives the HTTP client the connection that waits for it.</summary>
    private async Task<Stream> TakeAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_waiting is { } waiting)
            {
                _waiting = null;
                return waiting;
            }
        }

        // The server takes no more calls on the old connection (GOAWAY) while others still run on it: only the HTTP client knows.
        var stream = await _connector.ConnectAsync(_address, cancellationToken);
        lock (_gate)
        {
            return _latest = stream;
        }
    }

    private async Task LossAsync(CancellationToken cancellationToken)
    {
        for (ReadyStream? watched = null; ;)
        {
            lock (_gate)
            {
                if (ReferenceEquals(watched, _latest))
                {
                    return;
                }

                watched = _latest!;
            }

            await watched.Closed.WaitAsync(cancellationToken);
        }
    }

    private void Become(ConnectionState state, DialException? failure)
    {
        State = state;
        Failure = failure ?? Failure;
        _changed(this);
    }
}
