using EmbeddedSpire.Tests.Server.Running;

namespace EmbeddedSpire.Tests.Server;

public sealed class ServerTests
{
    [SkippableFact]
    public async Task Server_WithAnEmptyDatabase_ServesAgentsAndWorkloads()
    {
        using var nodes = new PopNode.Authority();
        using var node = nodes.Issue("node1");
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database) with { PopAuthorities = nodes.Pem });

        var joined = await server.JoinAsync();
        var proven = await server.ProveAsync(node);
        var agent = await server.CallAsAsync(joined);
        var entry = (await server.Admin.CreateEntriesAsync(TestAgent.Workload(joined.Id, "/wl"))).Single();
        await agent.SeesAsync("/wl");
        var svid = await agent.SignAsync(entry);

        svid.Id.Path.Should().Be("/wl");
        proven.Id.Path.Should().StartWith("/spire/agent/x509pop/");
    }
}
