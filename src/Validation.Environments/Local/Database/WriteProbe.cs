using System.Net;
using System.Net.Sockets;
using Npgsql;
using Validation.Core.Running;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Local.Database;

/// <summary>Writes a row again and again, through the load balancer, and finds the times in which none was acknowledged.</summary>
internal sealed class WriteProbe
{
    /// <summary>Makes the table that is written to.</summary>
    public const string MakeTable = "CREATE TABLE writes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())";

    private const string Insert = "INSERT INTO writes DEFAULT VALUES";
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);
    // Shorter ones are what a busy machine does to a write every 100 ms.
    private static readonly TimeSpan SmallestGap = TimeSpan.FromMilliseconds(500);

    private readonly DatabaseAccess _access;
    private readonly IPEndPoint _server;
    private readonly TimeProvider _time;

    /// <summary>Creates the probe.</summary>
    /// <param name="access">How to log in.</param>
    /// <param name="server">Behind what the primary is: the load balancer.</param>
    /// <param name="time">The clock.</param>
    public WriteProbe(DatabaseAccess access, IPEndPoint server, TimeProvider time) =>
        (_access, _server, _time) = (access, server, time);

    /// <summary>Writes one row on a new connection and tells whether it was acknowledged within a second.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async Task<bool> TryOnceAsync(CancellationToken cancellationToken)
    {
        await using var writer = new Writer(this);
        return await writer.TryWriteAsync(cancellationToken);
    }

    /// <summary>Writes every 100 ms and records each gap of more than 500 ms between two acknowledged writes.</summary>
    /// <param name="events">Where to record them.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public async Task WatchAsync(IEventSink events, EventClock clock, CancellationToken cancellationToken)
    {
        await using var writer = new Writer(this);
        var last = _time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            var begun = _time.GetTimestamp();
            if (await writer.TryWriteAsync(cancellationToken))
            {
                var now = _time.GetTimestamp();
                if (_time.GetElapsedTime(last, now) > SmallestGap)
                {
                    events.Record(new DatabaseWriteGap(clock.At(last), clock.At(now)));
                }

                last = now;
            }

            await SleepAsync(Interval - _time.GetElapsedTime(begun), cancellationToken);
        }

        var open = _time.GetElapsedTime(last);
        if (open > Limit)
        {
            // A gap without an end is not a gap; and saying nothing would make it none at all.
            events.Record(new Trouble("database", $"No write was acknowledged in the last {Duration.Format(open)} of the watching."));
        }
    }

    private async Task SleepAsync(TimeSpan left, CancellationToken cancellationToken)
    {
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, _time, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>Keeps a connection for as long as writes on it succeed, as an application's pool does.</summary>
    private sealed class Writer(WriteProbe probe) : IAsyncDisposable
    {
        private NpgsqlConnection? _connection;

        public async Task<bool> TryWriteAsync(CancellationToken cancellationToken)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Limit);
            try
            {
                _connection ??= await probe._access.OpenAsHarnessAsync(probe._server, DatabaseNames.Harness, Limit, limit.Token);
                await using var command = new NpgsqlCommand(Insert, _connection);
                return await command.ExecuteNonQueryAsync(limit.Token) == 1;
            }
            catch (Exception error) when (error is NpgsqlException or SocketException or IOException
                or TimeoutException or OperationCanceledException or ObjectDisposedException)
            {
                await DisposeAsync();
                return false;
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (_connection is not null)
            {
                await _connection.DisposeAsync();
                _connection = null;
            }
        }
    }
}
