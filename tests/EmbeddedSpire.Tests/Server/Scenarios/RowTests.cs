using EmbeddedSpire.Tests.Server.Running;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Entries;

namespace EmbeddedSpire.Tests.Server.Scenarios;

/// <summary>What calls leave in the database: the load that a server makes there is that of a real one.</summary>
public sealed class RowTests
{
    private const string NodeEvents = "SELECT count(*) FROM attested_node_entries_events";
    private const string EntryEvents = "SELECT count(*) FROM registered_entries_events";

    [SkippableFact]
    public async Task Attestation_ByToken_UsesTheTokenUpAndWritesTwoEvents()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database));

        var svid = await server.JoinAsync();

        (await database.ScalarAsync<long>("SELECT count(*) FROM join_tokens")).Should().Be(0);
        (await database.ScalarAsync<long>(NodeEvents)).Should().Be(2);
        (await database.RowsAsync("SELECT spiffe_id, data_type, serial_number, new_serial_number, new_expires_at, can_reattest, agent_version FROM attested_node_entries"))
            .Should().Equal($"{svid.Id}|join_token|{Decimal(svid)}||null|False|");
        (await database.RowsAsync("SELECT extract(epoch FROM expires_at)::bigint FROM attested_node_entries")).Should().Equal($"{svid.Leaf.NotAfter.ToUnixTimeSeconds()}");
        (await database.ScalarAsync<long>("SELECT count(*) FROM node_resolver_map_entries")).Should().Be(0);
    }

    [SkippableFact]
    public async Task Attestation_ByCertificate_ReplacesSelectorsAndSerialNumber()
    {
        using var nodes = new PopNode.Authority();
        using var node = nodes.Issue("node1", "x509pop://bench.test/rack/r1");
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database) with { PopAuthorities = nodes.Pem });

        await server.ProveAsync(node);
        var svid = await server.ProveAsync(node);

        (await database.RowsAsync("SELECT serial_number, can_reattest FROM attested_node_entries")).Should().Equal($"{Decimal(svid)}|True");
        (await database.RowsAsync("SELECT spiffe_id, type, split_part(value, ':', 1) FROM node_resolver_map_entries ORDER BY value")).Should().Equal(
            $"{svid.Id}|x509pop|ca", $"{svid.Id}|x509pop|san", $"{svid.Id}|x509pop|serialnumber", $"{svid.Id}|x509pop|subject");
        (await database.ScalarAsync<long>(NodeEvents)).Should().Be(4);
    }

    [SkippableFact]
    public async Task Renewal_WritesAnEventAndAnotherOneWhenItIsFirstUsed()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database));
        var before = await server.JoinAsync();
        var renewed = await (await server.CallAsAsync(before)).RenewAsync();

        (await database.RowsAsync("SELECT serial_number, new_serial_number FROM attested_node_entries")).Should().Equal($"{Decimal(before)}|{Decimal(renewed)}");
        (await database.ScalarAsync<long>(NodeEvents)).Should().Be(3);
        var agent = await server.CallAsAsync(renewed);
        await agent.CallAsync(EntryMethods.GetAuthorizedEntries, new GetAuthorizedEntriesRequest());
        await agent.CallAsync(EntryMethods.GetAuthorizedEntries, new GetAuthorizedEntriesRequest());

        (await database.RowsAsync("SELECT serial_number, new_serial_number, new_expires_at FROM attested_node_entries")).Should().Equal($"{Decimal(renewed)}||null");
        (await database.ScalarAsync<long>(NodeEvents)).Should().Be(4);
    }

    [SkippableFact]
    public async Task Status_WithAVersion_WritesAnEventAndWithoutOneNothing()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database));
        var agent = await server.CallAsAsync(await server.JoinAsync());

        await agent.CallAsync(AgentMethods.PostStatus, new PostStatusRequest());
        (await database.ScalarAsync<long>(NodeEvents)).Should().Be(2);
        await agent.CallAsync(AgentMethods.PostStatus, new PostStatusRequest { AgentVersion = "1.15.3" });

        (await database.ScalarAsync<long>(NodeEvents)).Should().Be(3);
        (await database.RowsAsync("SELECT agent_version FROM attested_node_entries")).Should().Equal("1.15.3");
    }

    [SkippableFact]
    public async Task Entry_WithAllItHas_FillsItsTablesAndLeavesThemEmptyAgain()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database));
        var svid = await server.JoinAsync();
        var described = TestAgent.Workload(svid.Id, "/wl");
        described.Selectors.Add(new Spire.Wire.Contracts.Types.Selector { Type = "unix", Value = "gid:1" });
        described.DnsNames.Add(["a.test", "b.test"]);
        described.FederatesWith.Add("bench.test");

        var entry = (await server.Admin.CreateEntriesAsync(described)).Single();
        (await database.RowsAsync("SELECT type, value FROM selectors ORDER BY id")).Should().Equal("unix|uid:1000", "unix|gid:1");
        (await database.RowsAsync("SELECT value FROM dns_names ORDER BY id")).Should().Equal("a.test", "b.test");
        (await database.ScalarAsync<long>("SELECT count(*) FROM federated_registration_entries")).Should().Be(1);
        (await database.RowsAsync("SELECT entry_id FROM registered_entries_events")).Should().Equal(entry.Id);

        entry.X509SvidTtl = 77;
        var updated = await server.Admin.CallAsync(EntryMethods.BatchUpdateEntry, new BatchUpdateEntryRequest { Entries = { entry } });
        updated.Results.Single().Entry.RevisionNumber.Should().Be(1);
        (await database.ScalarAsync<long>(EntryEvents)).Should().Be(2);

        await server.Admin.CallAsync(EntryMethods.BatchDeleteEntry, new BatchDeleteEntryRequest { Ids = { entry.Id } });
        (await database.ScalarAsync<long>(EntryEvents)).Should().Be(3);
        foreach (var table in new[] { "registered_entries", "selectors", "dns_names", "federated_registration_entries" })
        {
            (await database.ScalarAsync<long>($"SELECT count(*) FROM {table}")).Should().Be(0, "of {0}", table);
        }
    }

    [SkippableFact]
    public async Task Agent_BannedAndDeleted_LeavesEventsOnly()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database));
        var svid = await server.JoinAsync();

        await server.Admin.CallAsync(AgentMethods.BanAgent, new BanAgentRequest { Id = svid.Id.ToApi() });
        (await database.RowsAsync("SELECT serial_number, new_serial_number FROM attested_node_entries")).Should().Equal("|");
        (await database.ScalarAsync<long>(NodeEvents)).Should().Be(3);
        await server.Admin.CallAsync(AgentMethods.DeleteAgent, new DeleteAgentRequest { Id = svid.Id.ToApi() });

        (await database.ScalarAsync<long>("SELECT count(*) FROM attested_node_entries")).Should().Be(0);
        (await database.ScalarAsync<long>(NodeEvents)).Should().Be(4);
    }

    [SkippableFact]
    public async Task Entry_Expired_IsPrunedWithAnEvent()
    {
        var clock = new ManualClock(TimeProvider.System.GetUtcNow());
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database), clock);
        var svid = await server.JoinAsync();
        var described = TestAgent.Workload(svid.Id, "/wl");
        described.ExpiresAt = clock.GetUtcNow().AddHours(1).ToUnixTimeSeconds();
        await server.Admin.CreateEntriesAsync(described);

        await Eventually.IsTrueAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromHours(1));
                return await database.ScalarAsync<long>("SELECT count(*) FROM registered_entries") == 0;
            },
            "the entry is gone");
        (await database.ScalarAsync<long>(EntryEvents)).Should().Be(2);
    }

    [SkippableFact]
    public async Task Events_OlderThanTwelveHours_ArePruned()
    {
        var clock = new ManualClock(TimeProvider.System.GetUtcNow());
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database), clock);
        var svid = await server.JoinAsync();
        await server.Admin.CreateEntriesAsync(TestAgent.Workload(svid.Id, "/wl"));

        clock.Advance(TimeSpan.FromHours(7));
        (await database.ScalarAsync<long>(NodeEvents)).Should().Be(2, "they are young still");

        await Eventually.IsTrueAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromHours(6));
                return await database.ScalarAsync<long>(NodeEvents) + await database.ScalarAsync<long>(EntryEvents) == 0;
            },
            "the events are gone");
    }

    private static System.Numerics.BigInteger Decimal(Spire.Wire.Certificates.X509Svid svid) =>
        new(svid.Certificate.SerialNumberBytes.Span, isUnsigned: true, isBigEndian: true);
}
