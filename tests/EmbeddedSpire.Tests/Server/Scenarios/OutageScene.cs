using EmbeddedSpire.Tests.Server.Running;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Tests.Server.Scenarios;

/// <summary>A server with a relay before its database, an agent that is connected, and one entry for it.</summary>
internal sealed class OutageScene : IAsyncDisposable
{
    private OutageScene(TestDatabase database, Relay relay, TestServer server) => (Database, Relay, Server) = (database, relay, server);

    public TestDatabase Database { get; }

    public Relay Relay { get; }

    public TestServer Server { get; }

    public X509Svid Svid { get; private set; } = null!;

    public TestCaller Agent { get; private set; } = null!;

    public TestCaller Nobody { get; private set; } = null!;

    public Spire.Wire.Contracts.Types.Entry Entry { get; private set; } = null!;

    public TrustBundle Bundle { get; private set; } = null!;

    public static async Task<OutageScene> SetAsync()
    {
        var database = await Postgres.CreateDatabaseAsync();
        var relay = new Relay(database);
        var server = await TestServer.StartAsync(new TestServerOptions { ConnectionString = database.ConnectionStringBy(relay) });
        var scene = new OutageScene(database, relay, server);
        scene.Svid = await server.JoinAsync();
        scene.Agent = await server.CallAsAsync(scene.Svid);
        scene.Nobody = await server.CallAsAsync(null);
        scene.Entry = (await server.Admin.CreateEntriesAsync(TestAgent.Workload(scene.Svid.Id, "/wl"))).Single();
        await scene.Agent.SeesAsync("/wl");
        scene.Bundle = await server.BundleAsync();
        return scene;
    }

    public async ValueTask DisposeAsync()
    {
        // First the relay works again: a server that waits for its database stops when it answers.
        Relay.Restore();
        await Server.DisposeAsync();
        await Relay.DisposeAsync();
        await Database.DisposeAsync();
    }
}
