using System.Collections.Concurrent;
using Validation.Core;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Stacks;
using Validation.Load.Workers.Protocol;

namespace Validation.Load.Workers.Controlling;

/// <summary>The controller's side of one worker. Notices when the worker is gone, and then fails whatever waits for it.</summary>
internal sealed class WorkerLink : IAsyncDisposable
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LastWordsLimit = TimeSpan.FromSeconds(5);

    // The shortest of many trips is what counts; more than these rarely find a shorter one.
    private const int Trips = 20;

    private readonly ConcurrentDictionary<long, (long SentNs, TaskCompletionSource<RoundTrip> Back)> _pings = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Finished> _finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<ushort, string> _failures = [];
    private readonly IWorkerListener _listener;
    private readonly FrameConnection _connection;
    private readonly TunnelHost _tunnel;
    private readonly WorkerSite _site;
    private readonly RunClock _clock;
    private TaskCompletionSource<WorkerMessage> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _background = Task.CompletedTask;
    private long _lastHeardNs;
    private long _lastPing;
    private int _isOver;

    private WorkerLink(int number, WorkerSite site, FrameConnection connection, TunnelHost tunnel, IWorkerListener listener, RunClock clock) =>
        (Number, _site, _connection, _tunnel, _listener, _clock) = (number, site, connection, tunnel, listener, clock);

    /// <summary>Gets the worker's number, from 1.</summary>
    public int Number { get; }

    /// <summary>Gets the worker's own words about itself.</summary>
    public Welcome Welcome { get; private set; } = null!;

    /// <summary>Gets the comparison of the clocks by which the worker's instants are mapped.</summary>
    public ClockSkew Skew { get; private set; }

    /// <summary>Gets a task that ends when the worker is gone, with the reason.</summary>
    public Task<string> Lost => _lost.Task;

    /// <summary>Gets a task that ends when the worker has told everything.</summary>
    public Task<Finished> Finished => _finished.Task;

    /// <summary>Connects to a worker and finds out whether it is the right one.</summary>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="workers">How many there are.</param>
    /// <param name="version">Our version.</param>
    /// <param name="site">Where it is.</param>
    /// <param name="spire">The stack whose private sockets it may reach.</param>
    /// <param name="listener">Told what it tells.</param>
    /// <param name="clock">Our clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">It cannot be reached, is no worker, another worker, or of another version.</exception>
    public static async Task<WorkerLink> ConnectAsync(
        int number, int workers, string version, WorkerSite site, ISpireStack spire, IWorkerListener listener, RunClock clock, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(ConnectLimit, clock.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        FrameConnection? connection = null;
        try
        {
            connection = new FrameConnection(await site.DialAsync(either.Token), clock.Time);
            connection.Send(new Hello(FrameConnection.Protocol, version, number, workers));
            var link = new WorkerLink(number, site, connection, new TunnelHost(connection, () => spire.Servers), listener, clock);
            var first = await connection.ReadAsync(either.Token) ?? throw new IOException("it closed the connection at once");
            link.Welcome = first.Kind == FrameKind.Message && FrameConnection.MessageIn(first) is Welcome welcome
                ? welcome
                : throw new InvalidDataException("it is no worker");
            link.Refuse(version);
            link._answer.SetResult(link.Welcome);
            link._lastHeardNs = link.Now();
            link._background = Task.WhenAll(link.ReadAllAsync(), link.PingAsync());
            return link;
        }
        catch (Exception error) when (error is IOException or InvalidDataException or System.Net.Sockets.SocketException or OperationCanceledException or HarnessException
            && !cancellationToken.IsCancellationRequested)
        {
            await (connection?.DisposeAsync() ?? ValueTask.CompletedTask);
            var why = limit.IsCancellationRequested ? $"it did not answer within {Duration.Format(ConnectLimit)}" : error.Message;
            throw new HarnessException(
                ExitCode.EnvironmentFailed, $"Worker {number} ({site.Name}) cannot be used: {why}.{await LastWordsAsync(site, clock.Time)}", innerException: error);
        }
    }

    /// <summary>Tells the worker where it is.</summary>
    /// <param name="surroundings">Where.</param>
    public void Tell(Surroundings surroundings) => _connection.Send(surroundings);

    /// <summary>Lets the worker prepare a load and compares the clocks once more.</summary>
    /// <param name="prepare">The load.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HarnessException">It could not, or is gone.</exception>
    public async Task PrepareAsync(Prepare prepare, CancellationToken cancellationToken)
    {
        await AskAsync<Prepared>(prepare, cancellationToken);
        Skew = await CompareClocksAsync(cancellationToken);
    }

    /// <summary>Compares the worker's clock with ours.</summary>
    /// <param name="cancellationToken">Ends the comparison.</param>
    /// <exception cref="HarnessException">The worker is gone.</exception>
    public async Task<ClockSkew> CompareClocksAsync(CancellationToken cancellationToken)
    {
        var trips = new List<RoundTrip>();
        for (var i = 0; i < Trips; i++)
        {
            trips.Add(await OrLostAsync(Ping(), cancellationToken));
        }

        return ClockSkew.Of(trips);
    }

    /// <summary>Tells the worker when to begin.</summary>
    /// <param name="atNs">The instant on our clock.</param>
    public void Begin(long atNs) => _connection.Send(new Begin(atNs + Skew.AheadNs));

    /// <summary>Tells the worker to fire nothing any more.</summary>
    public void Stop() => _connection.Send(new Stop());

    /// <summary>Gives the worker up.</summary>
    /// <param name="reason">Why.</param>
    public void GiveUp(string reason)
    {
        if (Interlocked.Exchange(ref _isOver, 1) == 0)
        {
            _ = LoseAsync(reason);
        }
    }

    /// <summary>Says good-bye and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref _isOver, 1);
        _connection.Send(new Bye());
        await _connection.DisposeAsync();
        await _ended.CancelAsync();
        await _background;
        _ended.Dispose();
    }

    private static async Task<string> LastWordsAsync(WorkerSite site, TimeProvider time)
    {
        try
        {
            using var limit = new CancellationTokenSource(LastWordsLimit, time);
            return await site.LastWordsAsync(limit.Token) is { Length: > 0 } words ? $" Its last words: {words}" : string.Empty;
        }
        catch (Exception error) when (error is HarnessException or OperationCanceledException or IOException)
        {
            return $" Its log cannot be read: {error.Message}";
        }
    }

    private long Now() => _clock.ToNanoseconds(_clock.Time.GetTimestamp());

    private void Refuse(string version)
    {
        if (Welcome.Protocol != FrameConnection.Protocol || Welcome.Version != version)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed,
                $"it is version {Welcome.Version} (protocol {Welcome.Protocol}), and this is {version} (protocol {FrameConnection.Protocol})");
        }

        if (Welcome.Worker is { } number && number != Number)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"it was started as worker {number}");
        }
    }

    private async Task<T> AskAsync<T>(WorkerMessage question, CancellationToken cancellationToken)
        where T : WorkerMessage
    {
        _answer = new TaskCompletionSource<WorkerMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _connection.Send(question);
        return await OrLostAsync(_answer.Task, cancellationToken) switch
        {
            T answer => answer,
            Refused refused => throw new HarnessException(ExitCode.EnvironmentFailed, $"Worker {Number} ({_site.Name}): {refused.Message}", refused.Hint),
            var other => throw new HarnessException(ExitCode.EnvironmentFailed, $"Worker {Number} ({_site.Name}) answered {other.GetType().Name} where {typeof(T).Name} was due."),
        };
    }

    private async Task<T> OrLostAsync<T>(Task<T> answer, CancellationToken cancellationToken)
    {
        await Task.WhenAny(answer, _lost.Task).WaitAsync(cancellationToken);
        return answer.IsCompleted
            ? await answer
            : throw new HarnessException(ExitCode.EnvironmentFailed, $"Worker {Number} ({_site.Name}) was lost: {await _lost.Task}");
    }

    private Task<RoundTrip> Ping()
    {
        var back = new TaskCompletionSource<RoundTrip>(TaskCreationOptions.RunContinuationsAsynchronously);
        var number = Interlocked.Increment(ref _lastPing);
        _pings[number] = (Now(), back);
        _connection.Send(new Ping(number));
        return back.Task;
    }

    private async Task PingAsync()
    {
        using var timer = new PeriodicTimer(PingInterval, _clock.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                _ = Ping();
                if (Now() - Interlocked.Read(ref _lastHeardNs) > SilenceLimit.TotalNanoseconds)
                {
                    GiveUp($"it has been silent for {Duration.Format(SilenceLimit)}.");
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The link is closed.
        }
    }

    private async Task ReadAllAsync()
    {
        try
        {
            while (await _connection.ReadAsync(_ended.Token) is { } frame)
            {
                Interlocked.Exchange(ref _lastHeardNs, Now());
                if (Volatile.Read(ref _isOver) == 0)
                {
                    Take(frame);
                }
            }

            GiveUp("its connection was closed.");
        }
        catch (Exception error) when (error is IOException or InvalidDataException or OperationCanceledException or ObjectDisposedException)
        {
            GiveUp($"its connection broke: {error.Message}");
        }
        finally
        {
            _tunnel.Break();
        }
    }

    private void Take(Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Operations:
                foreach (var operation in EndedOperation.Read(frame.Payload.Span))
                {
                    _listener.Ended(this, operation, operation.Outcome == 0 ? null : FailureOf(operation.Outcome));
                }

                break;
            case FrameKind.Svids:
                for (var rest = frame.Payload; rest.Length >= SvidFile.FrameSize; rest = rest[SvidFile.FrameSize..])
                {
                    var svid = SvidFile.ReadFrame(rest.Span);
                    _listener.Received(this, svid with { AtNs = svid.AtNs - Skew.AheadNs });
                }

                break;
            case FrameKind.TunnelData:
                _tunnel.Deliver(frame.Payload);
                break;
            default:
                Take(FrameConnection.MessageIn(frame));
                break;
        }
    }

    private void Take(WorkerMessage message)
    {
        switch (message)
        {
            case Pong pong when _pings.TryRemove(pong.Number, out var ping):
                var back = Now();
                var middle = TimeSpan.FromMicroseconds((back - ping.SentNs) / 2_000.0);
                ping.Back.TrySetResult(new RoundTrip(
                    ping.SentNs, pong.ReceivedNs, pong.SentNs, back, pong.WallClock - (_clock.Time.GetUtcNow() - middle)));
                break;
            case Pong:
                break;
            case Tick tick:
                _listener.Ticked(this, tick);
                break;
            case FailureNamed named:
                _failures[named.Number] = named.Failure;
                break;
            case Recorded recorded:
                _listener.Happened(this, recorded.Fact);
                break;
            case Begun begun:
                _listener.Begun(this, begun.LateNs);
                break;
            case Finished finished:
                _finished.TrySetResult(finished);
                break;
            case TunnelDial dial:
                _ = _tunnel.CarryAsync(dial, _ended.Token);
                break;
            case TunnelClosed closed:
                _tunnel.Closed(closed.Connection);
                break;
            case Refused refused when _answer.Task.IsCompleted:
                GiveUp(refused.Message);
                break;
            default:
                _answer.TrySetResult(message);
                break;
        }
    }

    private string FailureOf(ushort number) =>
        _failures.GetValueOrDefault(number) ?? throw new InvalidDataException($"It used outcome {number} without having named it.");

    private async Task LoseAsync(string reason)
    {
        var words = await LastWordsAsync(_site, _clock.Time);
        _lost.TrySetResult(reason + words);
        _listener.Lost(this, reason + words);
    }
}
