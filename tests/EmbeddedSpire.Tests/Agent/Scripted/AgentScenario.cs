using EmbeddedSpire.Agent;

namespace EmbeddedSpire.Tests.Agent.Scripted;

/// <summary>What most scenarios begin with: a node with a certificate, and servers and agents as the test starts them.</summary>
public abstract class AgentScenario : IAsyncLifetime
{
    private readonly List<AgentRun> _agents = [];

    private protected AgentScenario()
    {
        Spire = new ScriptedSpire(Clock);
        Node = Node.Create(Folder, Clock);
        Spire.Pop = Node.Believer(Clock);
    }

    private protected ManualClock Clock { get; } = new();

    private protected ScriptedSpire Spire { get; }

    private protected Node Node { get; }

    private protected string Folder { get; } = Directory.CreateTempSubdirectory("agent-").FullName;

    private protected string DataFile => Path.Combine(Folder, "data", "agent-data.json");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var agent in _agents)
        {
            await agent.DisposeAsync();
        }

        await Spire.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Starts an agent that attests by certificate.</summary>
    private protected AgentRun Start(Func<AgentSettings, AgentSettings>? change = null)
    {
        var agent = AgentRun.Start(Spire, Folder, settings =>
        {
            var withNode = settings with { Pop = Node.Files };
            return change?.Invoke(withNode) ?? withNode;
        });
        _agents.Add(agent);
        return agent;
    }

    /// <summary>Starts an agent that attests by join token.</summary>
    private protected AgentRun StartWithToken(string token = "token-1")
    {
        Spire.Tokens[token] = true;
        return Start(settings => settings with { Pop = null, JoinToken = token });
    }

    /// <summary>Starts a server and an agent with one entry, and waits until it serves.</summary>
    private protected async Task<AgentRun> ServeAsync(Func<AgentSettings, AgentSettings>? change = null, bool byToken = false)
    {
        if (Spire.Servers.Count == 0)
        {
            await Spire.StartServerAsync();
        }

        if (Spire.Entries.IsEmpty)
        {
            Spire.AddEntry("/wl/one", Workload.Me);
        }

        var agent = byToken ? StartWithToken() : Start(change);
        await agent.ServingAsync();
        return agent;
    }

    /// <summary>Stops an agent, as SIGTERM does.</summary>
    private protected async Task StopAsync(AgentRun agent)
    {
        _agents.Remove(agent);
        await agent.DisposeAsync();
    }

    /// <summary>Waits until the agent has synced so many more times.</summary>
    private protected Task SyncsAsync(AgentRun agent, int count)
    {
        var target = Spire.Calls.Count(call => call.Name == "GetBundle") + count;
        return agent.UntilAsync(() => Spire.Calls.Count(call => call.Name == "GetBundle") >= target, TimeSpan.FromMinutes(10));
    }
}
