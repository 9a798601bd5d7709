using EmbeddedSpire.Tests.Server.Running;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Tests.Server.Scenarios;

/// <summary>Entries: which agents see them, how they change, and how they are found. What the recordings show already is not repeated.</summary>
public sealed class EntryTests
{
    private static readonly SpiffeId Server = TestServer.TrustDomain.ServerId;

    [SkippableFact]
    public async Task Entries_BelowAnAliasOfTheNode_AreSeenAtAnyDepth()
    {
        using var nodes = new PopNode.Authority();
        using var inRack = nodes.Issue("node1", "x509pop://bench.test/rack/r1");
        using var elsewhere = nodes.Issue("node2", "x509pop://bench.test/rack/r2");
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database) with { PopAuthorities = nodes.Pem });
        var alias = new Spire.Wire.Contracts.Types.Entry
        {
            ParentId = Server.ToApi(),
            SpiffeId = Id("/alias/r1").ToApi(),
            Selectors = { new Selector { Type = "x509pop", Value = "san:rack:r1" } },
        };
        await server.Admin.CreateEntriesAsync(
            alias, TestAgent.Workload(Id("/alias/r1"), "/wl"), TestAgent.Workload(Id("/wl"), "/wl/nested"), TestAgent.Workload(Id("/other"), "/not/seen"));

        var near = await server.CallAsAsync(await server.ProveAsync(inRack));
        var far = await server.CallAsAsync(await server.ProveAsync(elsewhere));

        await near.SeesAsync("/wl", "/wl/nested");
        await far.SeesAsync();
    }

    [SkippableFact]
    public async Task Entries_OfAnAgentWithAnAliasFromItsToken_AreSeen()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database));
        var token = await server.Admin.CallAsync(AgentMethods.CreateJoinToken, new CreateJoinTokenRequest { Ttl = 60, AgentId = Id("/node/alpha").ToApi() });
        var agent = await server.CallAsAsync(await server.JoinAsync(token.Value));

        await server.Admin.CreateEntriesAsync(TestAgent.Workload(Id("/node/alpha"), "/wl"));

        await agent.SeesAsync("/node/alpha", "/wl");
    }

    [SkippableFact]
    public async Task Entries_WhereAReplicaIsRead_AreShownToAgentsAsTheyAreThereAndToAdministratorsAsOnThePrimary()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var replica = await Postgres.CreateDatabaseAsync();
        // Stands in for the replication: the replica has what is written by it.
        await using var replication = await TestServer.StartAsync(TestServerOptions.On(replica));
        await using var server = await TestServer.StartAsync(
            TestServerOptions.On(database) with { Database = $"ro_connection_string = \"{replica.ConnectionString}\"" });
        var joined = await server.JoinAsync();
        var agent = await server.CallAsAsync(joined);

        await server.Admin.CreateEntriesAsync(TestAgent.Workload(joined.Id, "/written"));
        await replication.Admin.CreateEntriesAsync(TestAgent.Workload(joined.Id, "/replicated"));

        await agent.SeesAsync("/replicated");
        (await server.Admin.CallAsync(EntryMethods.ListEntries, new ListEntriesRequest())).Entries
            .Should().ContainSingle().Which.SpiffeId.Path.Should().Be("/written");
    }

    [SkippableFact]
    public async Task Entry_Expired_IsSignedForUntilItIsPruned()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database));
        var joined = await server.JoinAsync();
        var agent = await server.CallAsAsync(joined);
        var described = TestAgent.Workload(joined.Id, "/wl");
        described.ExpiresAt = TimeProvider.System.GetUtcNow().AddSeconds(-10).ToUnixTimeSeconds();
        var entry = (await server.Admin.CreateEntriesAsync(described)).Single();

        await agent.SeesAsync("/wl");

        (await agent.SignAsync(entry)).Id.Path.Should().Be("/wl", "SPIRE looks at the expiry in its pruner only");
    }

    [SkippableFact]
    public async Task Sync_OfMoreEntriesThanAPage_AsksForIdsAndGetsThemInPages()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database));
        var joined = await server.JoinAsync();
        var agent = await server.CallAsAsync(joined);
        var paths = Enumerable.Range(0, 501).Select(i => $"/wl/{i}").ToArray();
        await server.Admin.CreateEntriesAsync([.. paths.Select(path => TestAgent.Workload(joined.Id, path))]);
        await agent.SeesAsync(paths);

        await using var sync = agent.Open(EntryMethods.SyncAuthorizedEntries);
        await sync.WriteAsync(new SyncAuthorizedEntriesRequest { OutputMask = new EntryMask { SpiffeId = true, RevisionNumber = true } }, CancellationToken.None);
        var pages = new List<SyncAuthorizedEntriesResponse>();
        do
        {
            pages.Add((await sync.ReadAsync(CancellationToken.None))!);
        }
        while (pages[^1].More);

        pages.Select(page => page.EntryRevisions.Count).Should().Equal(500, 1);
        await sync.WriteAsync(new SyncAuthorizedEntriesRequest { Ids = { pages[0].EntryRevisions[0].Id, pages[1].EntryRevisions[0].Id } }, CancellationToken.None);
        var details = (await sync.ReadAsync(CancellationToken.None))!;
        details.Entries.Select(entry => entry.Id).Should().BeEquivalentTo(pages[0].EntryRevisions[0].Id, pages[1].EntryRevisions[0].Id);
        details.More.Should().BeFalse();
        sync.Complete();
        (await sync.ReadAsync(CancellationToken.None)).Should().BeNull();
    }

    [SkippableTheory]
    [InlineData(SelectorMatch.Types.MatchBehavior.MatchExact, "/ab")]
    [InlineData(SelectorMatch.Types.MatchBehavior.MatchSubset, "/a", "/ab", "/b")]
    [InlineData(SelectorMatch.Types.MatchBehavior.MatchSuperset, "/ab", "/abc")]
    [InlineData(SelectorMatch.Types.MatchBehavior.MatchAny, "/a", "/ab", "/abc", "/b")]
    public async Task List_BySelectors_MatchesAsAsked(SelectorMatch.Types.MatchBehavior behavior, params string[] expected)
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database));
        await server.Admin.CreateEntriesAsync([.. new[] { "/a", "/b", "/c", "/ab", "/abc" }.Select(path => WithSelectors(path, path[1..]))]);

        var found = await server.Admin.CallAsync(EntryMethods.ListEntries, new ListEntriesRequest
        {
            Filter = new() { BySelectors = new SelectorMatch { Match = behavior, Selectors = { Letter('a'), Letter('b') } } },
        });

        found.Entries.Select(entry => entry.SpiffeId.Path).Should().BeEquivalentTo(expected);
    }

    [SkippableTheory]
    [InlineData(FederatesWithMatch.Types.MatchBehavior.MatchExact, "/ab")]
    [InlineData(FederatesWithMatch.Types.MatchBehavior.MatchSubset, "/a", "/ab", "/b")]
    [InlineData(FederatesWithMatch.Types.MatchBehavior.MatchSuperset, "/ab", "/abc")]
    [InlineData(FederatesWithMatch.Types.MatchBehavior.MatchAny, "/a", "/ab", "/abc", "/b")]
    public async Task List_ByFederation_MatchesAsAsked(FederatesWithMatch.Types.MatchBehavior behavior, params string[] expected)
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database));
        foreach (var letter in "abc")
        {
            var stored = await server.Admin.CallAsync(
                BundleMethods.BatchSetFederatedBundle, new() { Bundle = { new Bundle { TrustDomain = $"{letter}.test" } } });
            stored.Results.Should().OnlyContain(result => result.Status.Code == 0);
        }

        await server.Admin.CreateEntriesAsync([.. new[] { "/none", "/a", "/b", "/c", "/ab", "/abc" }.Select(Federating)]);

        var found = await server.Admin.CallAsync(EntryMethods.ListEntries, new ListEntriesRequest
        {
            Filter = new() { ByFederatesWith = new FederatesWithMatch { Match = behavior, TrustDomains = { "a.test", "b.test" } } },
        });

        found.Entries.Select(entry => entry.SpiffeId.Path).Should().BeEquivalentTo(expected);
    }

    [SkippableFact]
    public async Task Update_WithoutAMask_ReplacesEverything()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database));
        var described = WithSelectors("/wl", "ab");
        described.DnsNames.Add("a.test");
        described.Hint = "one";
        var entry = (await server.Admin.CreateEntriesAsync(described)).Single();

        var changed = WithSelectors("/wl", "c");
        changed.Id = entry.Id;
        changed.Admin = true;
        await server.Admin.CallAsync(EntryMethods.BatchUpdateEntry, new BatchUpdateEntryRequest { Entries = { changed } });

        var stored = await server.Admin.CallAsync(EntryMethods.GetEntry, new GetEntryRequest { Id = entry.Id });
        changed.RevisionNumber = 1;
        changed.CreatedAt = entry.CreatedAt;
        stored.Should().Be(changed);
    }

    [SkippableFact]
    public async Task Admin_MadeByAnEntry_MayAdministerOverTheNetworkAtOnce()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database));
        var joined = await server.JoinAsync();
        var agent = await server.CallAsAsync(joined);
        var described = TestAgent.Workload(joined.Id, "/operator");
        described.Admin = true;
        var entry = (await server.Admin.CreateEntriesAsync(described)).Single();
        await agent.SeesAsync("/operator");
        var @operator = await server.CallAsAsync(await agent.SignAsync(entry));

        (await @operator.CallAsync(EntryMethods.CountEntries, new CountEntriesRequest())).Count.Should().Be(1);
        await @operator.CallAsync(EntryMethods.BatchDeleteEntry, new BatchDeleteEntryRequest { Ids = { entry.Id } });

        await @operator.IsRefusedAsync(EntryMethods.CountEntries, new CountEntriesRequest(), StatusCode.PermissionDenied);
    }

    private static SpiffeId Id(string path) => SpiffeId.Of(TestServer.TrustDomain, path);

    private static Selector Letter(char letter) => new() { Type = "letter", Value = $"{letter}" };

    private static Spire.Wire.Contracts.Types.Entry WithSelectors(string path, string letters) => new()
    {
        ParentId = Id("/node").ToApi(),
        SpiffeId = Id(path).ToApi(),
        Selectors = { letters.Select(Letter) },
    };

    private static Spire.Wire.Contracts.Types.Entry Federating(string path)
    {
        var entry = WithSelectors(path, "x");
        entry.FederatesWith.Add(path == "/none" ? [] : path[1..].Select(letter => $"{letter}.test"));
        return entry;
    }
}
