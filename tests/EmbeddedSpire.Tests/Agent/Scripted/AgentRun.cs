using System.Net;
using EmbeddedSpire.Agent;
using EmbeddedSpire.Agent.Attestation;
using EmbeddedSpire.Agent.Connection;
using EmbeddedSpire.Logging;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Tests.Agent.Scripted;

/// <summary>An agent in this process, against scripted servers, by a clock that the test moves.</summary>
internal sealed class AgentRun : IAsyncDisposable
{
    /// <summary>How often it gets another turn on a machine that has no time for it.</summary>
    private const int MostTurns = 10;

    private static readonly TimeSpan RealLimit = TimeSpan.FromMinutes(3);

    /// <summary>How long the agent gets for what it does at an instant, and how much longer that may last until it counts as not having got it.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(4), Late = TimeSpan.FromMilliseconds(8);

    private readonly CancellationTokenSource _stop = new();
    private readonly StringWriter _log;
    private readonly TextWriter _lines;

    private AgentRun(ScriptedSpire spire, AgentSettings settings)
    {
        Spire = spire;
        Settings = settings;
        _log = new StringWriter();
        _lines = TextWriter.Synchronized(_log);
        var sink = new LogSink(_lines, new LogSettings { Level = LogLevel.Debug }, spire.Clock);
        Process = new AgentProcess(
            settings,
            new AgentSurroundings
            {
                Time = spire.Clock,
                Random = new Random(4711),
                LookUp = (_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([.. spire.Servers.Select(server => server.Address.Address)]),
            },
            new Logger(sink));
        Ended = Task.Run(() => Process.RunAsync(_stop.Token));
    }

    public ScriptedSpire Spire { get; }

    public AgentSettings Settings { get; }

    public AgentProcess Process { get; }

    /// <summary>Gets the agent's whole life.</summary>
    public Task Ended { get; }

    public string Log
    {
        get
        {
            lock (_lines)
            {
                return _log.ToString();
            }
        }
    }

    public string SocketPath => Settings.SocketPath;

    /// <summary>Starts an agent.</summary>
    public static AgentRun Start(ScriptedSpire spire, string directory, Func<AgentSettings, AgentSettings>? change = null)
    {
        var bundle = Path.Combine(directory, "bootstrap.pem");
        if (!File.Exists(bundle))
        {
            File.WriteAllText(bundle, spire.Bundle.ToPem());
        }

        var settings = new AgentSettings
        {
            Server = new ServerAddress(spire.Servers.Count == 1 ? spire.Servers[0].Address.Address.ToString() : "servers.test", spire.Servers[0].Address.Port),
            Trust = new BootstrapTrust { TrustDomain = spire.TrustDomain, BundlePath = bundle },
            DataDirectory = Path.Combine(directory, "data"),
            KeyDirectory = Path.Combine(directory, "data"),
            SocketPath = Path.Combine(directory, "api.sock"),
        };
        return new AgentRun(spire, change?.Invoke(settings) ?? settings);
    }

    /// <summary>Moves the clock until something is the case.</summary>
    /// <param name="condition">What.</param>
    /// <param name="limit">The manual time that it may take.</param>
    /// <param name="step">How far the clock moves at once.</param>
    public async Task UntilAsync(Func<bool> condition, TimeSpan limit, TimeSpan? step = null)
    {
        var end = Spire.Clock.GetUtcNow() + limit;
        var realEnd = TimeProvider.System.GetTimestamp() + (long)(RealLimit.TotalSeconds * TimeProvider.System.TimestampFrequency);
        while (!condition())
        {
            if (Spire.Clock.GetUtcNow() > end || TimeProvider.System.GetTimestamp() > realEnd)
            {
                throw new TimeoutException($"Not within {limit} of manual time.\n{string.Join('\n', Spire.Calls.TakeLast(30))}\n{Log[Math.Max(0, Log.Length - 6000)..]}");
            }

            await TurnAsync(realEnd);
            Spire.Clock.Advance(step ?? TimeSpan.FromMilliseconds(50));
        }
    }

    /// <summary>Moves the clock for a time.</summary>
    public Task PassAsync(TimeSpan time, TimeSpan? step = null)
    {
        var end = Spire.Clock.GetUtcNow() + time;
        return UntilAsync(() => Spire.Clock.GetUtcNow() >= end, time + TimeSpan.FromMinutes(1), step);
    }

    /// <summary>Waits until workloads are served.</summary>
    public async Task ServingAsync()
    {
        await UntilAsync(() => Process.Serving.IsCompleted || Ended.IsCompleted, TimeSpan.FromMinutes(2));
        if (!Process.Serving.IsCompleted)
        {
            await Ended;
        }
    }

    /// <summary>Waits until the agent ends by itself.</summary>
    public async Task<string> CrashAsync(TimeSpan limit, TimeSpan? step = null)
    {
        await UntilAsync(() => Ended.IsCompleted, limit, step);
        return (await Record.ExceptionAsync(() => Ended)).Should().BeAssignableTo<AgentException>(Log).Which.Message;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(Ended, Task.Delay(TimeSpan.FromSeconds(20)));
        _stop.Dispose();
        Ended.IsCompleted.Should().BeTrue("an agent that is stopped ends");
    }

    /// <summary>Lets the agent do what it has to do, in real time, before the clock goes on.</summary>
    private async Task TurnAsync(long realEnd)
    {
        var turns = 0;
        bool wasLate;
        do
        {
            var begun = TimeProvider.System.GetTimestamp();
            await Task.Delay(Turn);
            wasLate = TimeProvider.System.GetElapsedTime(begun) > Turn + Late;
        }
        while ((Spire.IsAtWork || ((wasLate || ThreadPool.PendingWorkItemCount > 0) && ++turns < MostTurns)) && TimeProvider.System.GetTimestamp() < realEnd);
    }
}
