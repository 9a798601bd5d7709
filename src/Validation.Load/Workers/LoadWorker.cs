using System.Net.Sockets;
using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Running;
using Validation.Load.Workers.Protocol;
using Validation.Load.Workers.Working;

namespace Validation.Load.Workers;

/// <summary>
/// A process that fires a share of the loads. It listens, does one run for the first controller that connects, and ends
/// with it: without a controller there is no load.
/// </summary>
public sealed class LoadWorker
{
    /// <summary>The port on which workers listen when nobody says otherwise.</summary>
    public const int DefaultPort = 7071;

    // The controller asks for the time once a second.
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(15);

    private readonly Guid _instance = Guid.NewGuid();
    private readonly IReadOnlyList<ILoadDriver> _drivers;
    private readonly string _version;
    private readonly TimeProvider _time;
    private int _isTaken;

    /// <summary>Creates the worker.</summary>
    /// <param name="drivers">What it can do.</param>
    /// <param name="version">The harness' version; a controller of another one is refused.</param>
    /// <param name="time">The clock.</param>
    public LoadWorker(IReadOnlyList<ILoadDriver> drivers, string version, TimeProvider time) => (_drivers, _version, _time) = (drivers, version, time);

    /// <summary>Gets which worker this was started as, from 1.</summary>
    /// <value>Null, the default: the controller decides.</value>
    public int? Number { get; init; }

    /// <summary>Gets the name of the machine, for the recording.</summary>
    /// <value>Defaults to what the machine calls itself.</value>
    public string Host { get; init; } = Environment.MachineName;

    /// <summary>Listens, does one run and returns.</summary>
    /// <param name="listener">A socket that listens already.</param>
    /// <param name="patience">How long to wait for a controller.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    /// <exception cref="HarnessException">No controller came, or it went away before the run was over.</exception>
    public async Task ListenAsync(Socket listener, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var run = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var accepting = AcceptAsync(listener, run, stop.Token);
        var waiting = Task.Delay(patience, _time, stop.Token);
        try
        {
            await Task.WhenAny(accepting, run.Task, waiting);
            cancellationToken.ThrowIfCancellationRequested();
            if (waiting.IsCompleted && Volatile.Read(ref _isTaken) == 0)
            {
                throw new HarnessException(ExitCode.EnvironmentFailed, $"No controller came within {Duration.Format(patience)}.");
            }

            await await Task.WhenAny(accepting, run.Task);
        }
        finally
        {
            await stop.CancelAsync();
            await accepting.ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>Does one run for the controller at the other end of a stream.</summary>
    /// <param name="stream">The stream; closed at the end.</param>
    /// <param name="cancellationToken">Ends everything.</param>
    /// <returns>False when there was no run: it was no controller, or none that this worker works for.</returns>
    /// <exception cref="HarnessException">The controller went away before the run was over.</exception>
    public async Task<bool> ServeAsync(Stream stream, CancellationToken cancellationToken)
    {
        await using var connection = new FrameConnection(stream, _time);
        var clock = new RunClock(_time);
        if (await GreetAsync(connection, cancellationToken) is not { } share)
        {
            return false;
        }

        try
        {
            await WorkAsync(connection, share, clock, cancellationToken);
            return true;
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"The controller is gone: {error.Message}", innerException: error);
        }
    }

    private async Task AcceptAsync(Socket listener, TaskCompletionSource run, CancellationToken cancellationToken)
    {
        var served = new List<Task>();
        try
        {
            while (true)
            {
                var stream = new NetworkStream(await listener.AcceptAsync(cancellationToken), ownsSocket: true);
                served.RemoveAll(task => task.IsCompleted);
                served.Add(ServeAsync(stream, run, cancellationToken));
            }
        }
        finally
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(Stream stream, TaskCompletionSource run, CancellationToken cancellationToken)
    {
        try
        {
            if (await ServeAsync(stream, cancellationToken))
            {
                run.TrySetResult();
            }
        }
        catch (Exception error)
        {
            run.TrySetException(error);
        }
    }

    /// <summary>Finds out who connected.</summary>
    /// <returns>The share that the worker shall fire; null when it shall do nothing.</returns>
    private async Task<Share?> GreetAsync(FrameConnection connection, CancellationToken cancellationToken)
    {
        Hello? hello;
        try
        {
            hello = await NextAsync(connection, cancellationToken) is { Kind: FrameKind.Message } first ? FrameConnection.MessageIn(first) as Hello : null;
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            // A probe that only looks whether the port is open, or somebody who took the wrong door.
            return null;
        }

        if (hello is null)
        {
            return null;
        }

        connection.Send(new Welcome(FrameConnection.Protocol, _version, Number, Host, _instance));
        if (RefusalOf(hello) is { } refusal)
        {
            connection.Send(new Refused(refusal, null));
            return null;
        }

        return new Share(hello.Worker - 1, hello.Workers);
    }

    private async Task WorkAsync(FrameConnection connection, Share share, RunClock clock, CancellationToken cancellationToken)
    {
        await using var session = new WorkerSession(connection, _drivers, share, clock);
        while (true)
        {
            var frame = await NextAsync(connection, cancellationToken);
            if (frame is { Kind: FrameKind.Message } && FrameConnection.MessageIn(frame.Value) is Bye)
            {
                return;
            }

            session.Take(frame ?? throw new IOException("It closed the connection before it said good-bye."));
        }
    }

    private string? RefusalOf(Hello hello)
    {
        if (hello.Protocol != FrameConnection.Protocol || hello.Version != _version)
        {
            return $"The controller is version {hello.Version} (protocol {hello.Protocol}), this worker {_version} (protocol {FrameConnection.Protocol}).";
        }

        if (hello.Workers < 1 || hello.Worker < 1 || hello.Worker > hello.Workers || (Number is { } number && number != hello.Worker))
        {
            return $"The controller takes this for worker {hello.Worker} of {hello.Workers}, and it was started as worker {Number?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "without a number"}.";
        }

        return Interlocked.Exchange(ref _isTaken, 1) == 0 ? null : "This worker works for somebody already.";
    }

    private async ValueTask<Frame?> NextAsync(FrameConnection connection, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(SilenceLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await connection.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"It has been silent for {Duration.Format(SilenceLimit)}.");
        }
    }
}
