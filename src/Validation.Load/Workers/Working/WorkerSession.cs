using System.Diagnostics;
using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Load.SelfWatching;
using Validation.Load.Workers.Protocol;

namespace Validation.Load.Workers.Working;

/// <summary>One worker's work for one controller: prepare its loads, fire its share, tell everything.</summary>
internal sealed class WorkerSession : IAsyncDisposable
{
    private static readonly TimeSpan TellInterval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<ReadyLoad> _ready = [];
    private readonly IReadOnlyList<ILoadDriver> _drivers;
    private readonly FrameConnection _connection;
    private readonly OpenLoopGenerator _generator;
    private readonly ToldEvents _events;
    private readonly RunClock _clock;
    private readonly Tunnel _tunnel;
    private readonly Share _share;
    private LoadSite? _site;
    private WorkerStack? _stack;
    private Task _work = Task.CompletedTask;

    /// <summary>Begins.</summary>
    /// <param name="connection">The connection to the controller.</param>
    /// <param name="drivers">What the worker can do.</param>
    /// <param name="share">Which part of the loads is the worker's.</param>
    /// <param name="clock">The worker's clock.</param>
    public WorkerSession(FrameConnection connection, IReadOnlyList<ILoadDriver> drivers, Share share, RunClock clock)
    {
        (_connection, _drivers, _share, _clock) = (connection, drivers, share, clock);
        _events = new ToldEvents(connection, clock);
        _tunnel = new Tunnel(connection);
        _generator = new OpenLoopGenerator(clock.Time);
    }

    /// <summary>Does what a frame asks for. Returns at once; longer work goes on beside.</summary>
    /// <param name="frame">The frame.</param>
    public void Take(Frame frame)
    {
        if (frame.Kind == FrameKind.TunnelData)
        {
            _tunnel.Deliver(frame.Payload);
            return;
        }

        switch (FrameConnection.MessageIn(frame))
        {
            case Ping ping:
                var received = Now();
                _connection.Send(new Pong(ping.Number, received, Now(), _clock.Time.GetUtcNow()));
                break;
            case Surroundings surroundings:
                _stack = new WorkerStack(surroundings, _tunnel);
                _site = new LoadSite(_stack, _stack, _events, _events, new Seed(surroundings.Seed), _clock.Time);
                break;
            case Prepare prepare:
                _work = After(_work, () => PrepareAsync(prepare));
                break;
            case Begin begin:
                _connection.Send(new Begun(Now() - begin.AtNs));
                _work = After(_work, () => FireAsync(begin.AtNs));
                break;
            case Stop:
                _stop.Cancel();
                break;
            case TunnelOpen opened:
                _tunnel.Opened(opened.Connection);
                break;
            case TunnelClosed closed:
                _tunnel.Closed(closed.Connection, closed.Problem);
                break;
            case var other:
                throw new InvalidDataException($"A controller does not say {other.GetType().Name}.");
        }
    }

    /// <summary>Stops firing and gives back what was prepared.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _stop.CancelAsync();
        _tunnel.Break();
        await _work;
        foreach (var load in _ready)
        {
            await load.Prepared.DisposeAsync();
        }

        await (_stack?.DisposeAsync() ?? ValueTask.CompletedTask);
        _ended.Dispose();
        _stop.Dispose();
    }

    private long Now() => _clock.ToNanoseconds(_clock.Time.GetTimestamp());

    private async Task After(Task before, Func<Task> work)
    {
        await before;
        try
        {
            await Task.Run(work);
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // The controller is gone; nobody wants to know.
        }
        catch (HarnessException trouble)
        {
            _connection.Send(new Refused(trouble.Message, trouble.Hint));
        }
        catch (Exception bug) when (bug is not OutOfMemoryException)
        {
            _connection.Send(new Refused($"{bug.GetType().Name}: {bug.Message}", "This is a bug in the harness."));
        }
    }

    private async Task PrepareAsync(Prepare prepare)
    {
        var planned = prepare.Planned;
        var driver = _drivers.FirstOrDefault(driver => driver.Kind.Name == planned.Driver) ?? throw new HarnessException(
            ExitCode.EnvironmentFailed, $"The worker has no driver '{planned.Driver}'.{NearestWord.Suggestion(planned.Driver, _drivers.Select(known => known.Kind.Name))}");
        var load = new LoadSpec
        {
            Name = planned.Name,
            Driver = driver.Kind,
            Arrivals = planned.Arrivals,
            Timeout = planned.Timeout,
            Parameters = ValuesIn(planned, driver.Kind),
        };
        _events.Name(load.Name, prepare.Load);
        var site = _site ?? throw new InvalidDataException("The controller did not say where the worker is.");
        _ready.Add(new ReadyLoad(load, await driver.PrepareAsync(load, site, _ended.Token)));
        _connection.Send(new Prepared(prepare.Load));
    }

    private static ParameterValues ValuesIn(PlannedLoad planned, DriverKind kind)
    {
        var values = new Dictionary<string, object>();
        foreach (var parameter in kind.Parameters)
        {
            if (planned.Parameters.GetValueOrDefault(parameter.Name) is { } text)
            {
                values[parameter.Name] = parameter.Read(text) ?? throw new HarnessException(
                    ExitCode.EnvironmentFailed, $"Load '{planned.Name}': {parameter.Name} is '{text}'; allowed is {parameter.Allowed}.");
            }
        }

        return new ParameterValues(values);
    }

    private async Task FireAsync(long beginNs)
    {
        var processorBefore = Environment.CpuUsage.TotalTime;
        var telling = new Telling(_connection, _ready.Count, beginNs);
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
        var watch = new SelfWatch(_clock.Time).WatchAsync(_events, watching.Token);
        var firing = _generator.RunAsync(LoadStream.Of(_ready, _share), beginNs, _clock, telling, _events, _stop.Token);
        using var timer = new PeriodicTimer(TellInterval, _clock.Time);
        while (!firing.IsCompleted)
        {
            await await Task.WhenAny(firing, timer.WaitForNextTickAsync(_ended.Token).AsTask());
            _events.TellSvids();
            telling.Tell();
        }

        await firing;
        await watching.CancelAsync();
        await watch;
        _events.TellSvids();
        telling.Tell();
        using var self = Process.GetCurrentProcess();
        _connection.Send(new Finished(telling.Told, (Environment.CpuUsage.TotalTime - processorBefore).TotalMilliseconds, self.PeakWorkingSet64));
    }
}
