using System.Net;
using EmbeddedSpire.Agent;
using EmbeddedSpire.Agent.Attestation;
using EmbeddedSpire.Agent.Connection;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Tests.Server.Running;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Tests.Agent.Scripted;

/// <summary>An agent in this process, against embedded servers, by the clock on the wall.</summary>
internal sealed class RealTimeAgent : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    private readonly CancellationTokenSource _stop = new();
    private readonly StringWriter _log = new();
    private readonly TextWriter _lines;
    private readonly AgentProcess _process;

    private RealTimeAgent(AgentSettings settings, NameLookUp lookUp)
    {
        SocketPath = settings.SocketPath;
        _lines = TextWriter.Synchronized(_log);
        var surroundings = new AgentSurroundings { Random = new Random(4711), LookUp = lookUp };
        _process = new AgentProcess(settings, surroundings, new Logger(new LogSink(_lines, new LogSettings { Level = LogLevel.Debug }, TimeProvider.System)));
        Ended = Task.Run(() => _process.RunAsync(_stop.Token));
    }

    /// <summary>Gets the agent's whole life.</summary>
    public Task Ended { get; }

    public string SocketPath { get; }

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

    /// <summary>Starts an agent that finds its servers under one name, and waits until it serves workloads.</summary>
    /// <param name="servers">Asked for whenever the name is looked up.</param>
    /// <param name="directory">Where the agent keeps everything.</param>
    /// <param name="change">What is particular to this agent.</param>
    public static async Task<RealTimeAgent> StartAsync(Func<IEnumerable<TestServer>> servers, string directory, Func<AgentSettings, AgentSettings> change)
    {
        var bundle = Path.Combine(directory, "bootstrap.pem");
        File.WriteAllText(bundle, (await servers().First().BundleAsync()).ToPem());
        var settings = new AgentSettings
        {
            Server = new ServerAddress("servers.test", servers().First().Api.Port),
            Trust = new BootstrapTrust { TrustDomain = TestServer.TrustDomain, BundlePath = bundle },
            DataDirectory = Path.Combine(directory, "data"),
            KeyDirectory = Path.Combine(directory, "data"),
            SocketPath = Path.Combine(directory, "api.sock"),
            SyncInterval = TimeSpan.FromSeconds(0.5),
        };
        var agent = new RealTimeAgent(change(settings), (_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([.. servers().Select(server => server.Address)]));
        await Task.WhenAny(agent._process.Serving, agent.Ended).WaitAsync(Limit);
        if (agent.Ended.IsCompleted)
        {
            await agent.Ended;
        }

        return agent;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(Ended, Task.Delay(Limit));
        _stop.Dispose();
        Ended.IsCompleted.Should().BeTrue("an agent that is stopped ends");
    }
}
