using EmbeddedSpire.Server.Storage;
using EmbeddedSpire.Tests.Server.Running;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.LocalAuthorities;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Tests.Server.Scenarios;

/// <summary>Servers that know nothing of each other but share a database.</summary>
public sealed class SeveralServersTests
{
    private static readonly TimeSpan TwoSeconds = TimeSpan.FromSeconds(2);

    [SkippableFact]
    public async Task Servers_OnOneDatabase_PutAllTheirAuthoritiesIntoOneBundle()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var first = await TestServer.StartAsync(TestServerOptions.On(database));
        await using var second = await TestServer.StartAsync(TestServerOptions.On(database));
        await using var third = await TestServer.StartAsync(TestServerOptions.On(database));

        foreach (var server in new[] { first, second, third })
        {
            // Every server may have a copy of the bundle that is up to a second old.
            await Eventually.IsTrueAsync(
                async () => await server.BundleAsync() is { X509Authorities.Count: 3, JwtAuthorities.Count: 3, SequenceNumber: 5 }, "all authorities are seen", TwoSeconds);
        }

        (await database.ScalarAsync<long>("SELECT count(*) FROM bundles")).Should().Be(1);
        (await database.ScalarAsync<long>("SELECT count(*) FROM ca_journals")).Should().Be(3);
    }

    [SkippableFact]
    public async Task Agent_AttestedByANewServer_IsKnownToTheOthersWithinTwoSeconds()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var old = await TestServer.StartAsync(TestServerOptions.On(database));
        // Its copy of the bundle is as young as can be when the new authority comes.
        var bundle = await old.BundleAsync();
        await using var added = await TestServer.StartAsync(TestServerOptions.On(database));
        var agent = await added.JoinAsync();

        await Eventually.SucceedsAsync(
            async () =>
            {
                using var channel = old.Channel(agent, bundle);
                await new TestCaller(channel).CallAsync(EntryMethods.GetAuthorizedEntries, new GetAuthorizedEntriesRequest());
            },
            TwoSeconds,
            error => error is GrpcException { Code: StatusCode.Unavailable });
    }

    [SkippableFact]
    public async Task Agent_RenewedByOneServer_IsActivatedByAnother()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var first = await TestServer.StartAsync(TestServerOptions.On(database));
        await using var second = await TestServer.StartAsync(TestServerOptions.On(database));
        var before = await first.JoinAsync();
        var renewed = await (await first.CallAsAsync(before)).RenewAsync();

        await (await second.CallAsAsync(renewed)).CallAsync(EntryMethods.GetAuthorizedEntries, new GetAuthorizedEntriesRequest());

        await (await first.CallAsAsync(before)).IsRefusedAsync(EntryMethods.GetAuthorizedEntries, new GetAuthorizedEntriesRequest(), StatusCode.PermissionDenied);
        (await database.RowsAsync("SELECT serial_number, new_serial_number FROM attested_node_entries")).Should()
            .Equal($"{new System.Numerics.BigInteger(renewed.Certificate.SerialNumberBytes.Span, isUnsigned: true, isBigEndian: true)}|");
    }

    [SkippableFact]
    public async Task Entry_CreatedAtOneServer_IsSignedForByAnother()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var first = await TestServer.StartAsync(TestServerOptions.On(database));
        await using var second = await TestServer.StartAsync(TestServerOptions.On(database));
        var joined = await first.JoinAsync();
        var agent = await second.CallAsAsync(joined);

        var entry = (await first.Admin.CreateEntriesAsync(TestAgent.Workload(joined.Id, "/wl"))).Single();
        await agent.SeesAsync("/wl");
        (await agent.SignAsync(entry)).Id.Path.Should().Be("/wl");

        await first.Admin.CallAsync(EntryMethods.BatchDeleteEntry, new BatchDeleteEntryRequest { Ids = { entry.Id } });
        await agent.SeesAsync();
    }

    [SkippableFact]
    public async Task Server_RestartedWithItsKeys_GoesOnWithItsAuthorities()
    {
        using var keys = new TemporaryFile("keys.json");
        await using var database = await Postgres.CreateDatabaseAsync();
        var options = TestServerOptions.On(database) with { KeysPath = keys.Path };
        await using var before = await TestServer.StartAsync(options);
        var authority = await AuthorityOfAsync(before);
        var bundle = (await before.BundleAsync()).ToDocument();
        var agent = await before.JoinAsync();
        await before.StopAsync();

        await using var after = await TestServer.StartAsync(options);

        (await AuthorityOfAsync(after)).Should().Be(authority);
        (await after.BundleAsync()).ToDocument().Should().Be(bundle);
        (await database.ScalarAsync<long>("SELECT count(*) FROM ca_journals")).Should().Be(1);
        await (await after.CallAsAsync(agent)).CallAsync(EntryMethods.GetAuthorizedEntries, new GetAuthorizedEntriesRequest());
    }

    [SkippableFact]
    public async Task Server_RestartedWithoutItsKeys_AddsNewAuthorities()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var before = await TestServer.StartAsync(TestServerOptions.On(database));
        var authority = await AuthorityOfAsync(before);
        await before.StopAsync();

        await using var after = await TestServer.StartAsync(TestServerOptions.On(database));

        (await AuthorityOfAsync(after)).Should().NotBe(authority);
        (await after.BundleAsync()).X509Authorities.Should().HaveCount(2);
        (await database.ScalarAsync<long>("SELECT count(*) FROM ca_journals")).Should().Be(2);
    }

    [SkippableFact]
    public async Task Servers_StartedTogetherOnAnEmptyDatabase_AtWorstHaveToStartAgain()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        var options = TestServerOptions.On(database);

        var starts = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => TryStartAsync(options)));
        try
        {
            starts.Should().Contain(server => server != null, "there is no lock, but somebody is the first");
            for (var i = 0; i < starts.Length; i++)
            {
                starts[i] ??= await TestServer.StartAsync(options);
            }

            await Eventually.IsTrueAsync(
                async () => await starts[0]!.BundleAsync() is { X509Authorities.Count: >= 3, JwtAuthorities.Count: >= 3 }, "all authorities are seen");
        }
        finally
        {
            foreach (var server in starts.OfType<TestServer>())
            {
                await server.DisposeAsync();
            }
        }
    }

    [SkippableFact]
    public async Task Agent_BannedAtOneServer_IsRefusedByAnother()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var first = await TestServer.StartAsync(TestServerOptions.On(database));
        await using var second = await TestServer.StartAsync(TestServerOptions.On(database));
        var svid = await first.JoinAsync();
        var agent = await second.CallAsAsync(svid);
        await agent.CallAsync(EntryMethods.GetAuthorizedEntries, new GetAuthorizedEntriesRequest());

        await first.Admin.CallAsync(AgentMethods.BanAgent, new BanAgentRequest { Id = svid.Id.ToApi() });

        await agent.IsRefusedAsync(EntryMethods.GetAuthorizedEntries, new GetAuthorizedEntriesRequest(), StatusCode.PermissionDenied);
    }

    private static async Task<string> AuthorityOfAsync(TestServer server) =>
        (await server.Admin.CallAsync(LocalAuthorityMethods.GetX509AuthorityState, new GetX509AuthorityStateRequest())).Active.AuthorityId;

    private static async Task<TestServer?> TryStartAsync(TestServerOptions options)
    {
        try
        {
            return await TestServer.StartAsync(options);
        }
        catch (DatastoreException)
        {
            return null;
        }
    }
}
