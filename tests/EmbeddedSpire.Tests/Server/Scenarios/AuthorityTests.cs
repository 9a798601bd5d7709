using System.Net;
using EmbeddedSpire.Tests.Server.Running;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Debugging;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.LocalAuthorities;
using Spire.Wire.Contracts.Svids;

namespace EmbeddedSpire.Tests.Server.Scenarios;

/// <summary>The life of authorities, with a clock that moves when told to.</summary>
public sealed class AuthorityTests
{
    private readonly ManualClock _clock = new(TimeProvider.System.GetUtcNow());

    [SkippableFact]
    public async Task Authority_HalfWayThroughItsLife_GetsASuccessorThatSignsWhenASixthIsLeft()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database), _clock);
        var first = (await StateAsync(server)).Active.AuthorityId;

        await PassAsync(TimeSpan.FromHours(12) - TimeSpan.FromMinutes(1));
        (await StateAsync(server)).Prepared.Should().BeNull();
        await PassAsync(TimeSpan.FromMinutes(2));
        await Eventually.IsTrueAsync(async () => (await StateAsync(server)).Prepared is not null, "the next authority is prepared");
        var second = (await StateAsync(server)).Prepared.AuthorityId;
        await PassAsync(TimeSpan.FromHours(7));
        (await StateAsync(server)).Active.AuthorityId.Should().Be(first, "the next one is given time to be known everywhere");
        await PassAsync(TimeSpan.FromHours(1.1));

        await Eventually.IsTrueAsync(async () => (await StateAsync(server)).Active.AuthorityId == second, "the next authority signs");
        (await StateAsync(server)).Old.AuthorityId.Should().Be(first);
        (await server.JoinAsync()).Leaf.AuthorityKeyId.Should().Be(second);
        (await server.BundleAsync()).X509Authorities.Should().HaveCount(2);
        (await server.BundleAsync()).JwtAuthorities.Should().HaveCount(2);
    }

    [SkippableFact]
    public async Task Authority_DeadForADay_LeavesTheBundle()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database) with { Server = "ca_ttl = \"1h\"" }, _clock);
        var first = (await server.BundleAsync()).X509Authorities.Single().Certificate.ToArray();

        for (var step = 0; step < 10; step++)
        {
            await PassAsync(TimeSpan.FromMinutes(10));
            // Every step lets a rotation happen that is due.
            await StateAsync(server);
        }

        await PassAsync(TimeSpan.FromHours(24));
        await Eventually.IsTrueAsync(
            async () =>
            {
                await PassAsync(TimeSpan.FromHours(6));
                return (await server.BundleAsync()).X509Authorities.All(authority => !authority.Certificate.Span.SequenceEqual(first));
            },
            "the first authority is forgotten");
    }

    [SkippableFact]
    public async Task Svid_LongerThanItsAuthority_IsCutToTheAuthoritysEnd()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database) with { Server = "ca_ttl = \"30m\"\nagent_ttl = \"2h\"" }, _clock);

        var agent = await server.JoinAsync();

        var authority = DecodedCertificate.Decode((await server.BundleAsync()).X509Authorities.Single().Certificate);
        agent.Leaf.NotAfter.Should().Be(authority.NotAfter);
    }

    [SkippableFact]
    public async Task ServerSvid_AtHalfItsLife_IsReplaced()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database), _clock);
        var before = await ExpiryAsync(server);

        await PassAsync(TimeSpan.FromMinutes(31));

        await Eventually.IsTrueAsync(async () => await ExpiryAsync(server) > before, "the server has a new SVID");
    }

    [SkippableFact]
    public async Task Rotation_FailingForLong_MakesTheServerUnhealthyForGood()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var relay = new Relay(database);
        await using var server = await TestServer.StartAsync(new TestServerOptions { ConnectionString = database.ConnectionStringBy(relay) }, _clock);
        await Eventually.IsTrueAsync(async () => (await server.GetAsync(":8080/ready")).Code == HttpStatusCode.OK, "the server is well");
        relay.Refuse();
        // From here on a rotation is due, and tried every ten seconds.
        await PassAsync(TimeSpan.FromHours(12.1));
        for (var attempt = 0; attempt < 12; attempt++)
        {
            await PassAsync(TimeSpan.FromSeconds(10));
            await Eventually.IsTrueAsync(() => Task.FromResult(Count(server.Log(), "Unable to rotate X509 CA") > attempt), "the attempt has failed");
        }

        relay.Restore();
        await PassAsync(TimeSpan.FromMinutes(1));
        await Eventually.IsTrueAsync(
            async () =>
            {
                await PassAsync(TimeSpan.FromMinutes(1));
                return (await server.GetAsync(":8080/ready")).Body.TrimEnd() == """{"catalog.datastore":{},"server":{},"server.ca":{},"server.ca.rotator":{"rotation_err":"rotations exceed the threshold number of failures"}}""";
            },
            "everything is well again but the rotator");
        (await server.GetAsync(":8080/live")).Code.Should().Be(HttpStatusCode.InternalServerError);
        (await StateAsync(server)).Active.Should().NotBeNull("the authority goes on");
    }

    [SkippableFact]
    public async Task Authority_PreparedByHand_SignsOnceItIsActivated()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database));
        var joined = await server.JoinAsync();
        var agent = await server.CallAsAsync(joined);
        var entry = (await server.Admin.CreateEntriesAsync(TestAgent.Workload(joined.Id, "/wl"))).Single();
        await agent.SeesAsync("/wl");

        var prepared = await server.Admin.CallAsync(LocalAuthorityMethods.PrepareX509Authority, new PrepareX509AuthorityRequest());
        (await agent.SignAsync(entry)).Leaf.AuthorityKeyId.Should().NotBe(prepared.PreparedAuthority.AuthorityId);
        await server.Admin.CallAsync(LocalAuthorityMethods.ActivateX509Authority, new ActivateX509AuthorityRequest { AuthorityId = prepared.PreparedAuthority.AuthorityId });

        (await agent.SignAsync(entry)).Leaf.AuthorityKeyId.Should().Be(prepared.PreparedAuthority.AuthorityId);
        var token = await agent.CallAsync(SvidMethods.NewJWTSVID, new NewJWTSVIDRequest { EntryId = entry.Id, Audience = { "a" } });
        token.Svid.Token.Should().NotBeEmpty();
        (await agent.CallAsync(EntryMethods.GetAuthorizedEntries, new GetAuthorizedEntriesRequest())).Entries.Should().HaveCount(1, "what the old authority signed is good still");
        (await server.Admin.CallAsync(AgentMethods.CountAgents, new CountAgentsRequest())).Count.Should().Be(1);
    }

    private static int Count(string text, string what) => text.Split(what).Length - 1;

    private static Task<GetX509AuthorityStateResponse> StateAsync(TestServer server) =>
        server.Admin.CallAsync(LocalAuthorityMethods.GetX509AuthorityState, new GetX509AuthorityStateRequest());

    private static async Task<long> ExpiryAsync(TestServer server) =>
        (await server.Admin.CallAsync(DebugMethods.GetInfo, new GetInfoRequest())).SvidChain[0].ExpiresAt;

    /// <summary>Lets time pass, and what became due with it begin.</summary>
    private async Task PassAsync(TimeSpan time)
    {
        _clock.Advance(time);
        await Task.Yield();
    }
}
