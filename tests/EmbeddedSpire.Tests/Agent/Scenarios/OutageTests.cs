using EmbeddedSpire.Tests.Agent.Scripted;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Workload;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Tests.Agent.Scenarios;

public sealed class OutageTests : AgentScenario
{
    private static readonly TimeSpan BigStep = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task Agent_AllServersDown_ServesWhatItHasAndNothingNew()
    {
        var agent = await ServeAsync();
        using var workload = new Workload(agent.SocketPath);
        var token = await workload.FetchTokenAsync("aud-a");

        await Spire.Servers[0].StopAsync();
        await agent.PassAsync(TimeSpan.FromSeconds(20));

        var response = await workload.FetchSvidsAsync();
        Workload.Verify(response.Svids[0], Clock.GetUtcNow()).IsValid.Should().BeTrue();
        (await workload.FetchTokenAsync("aud-a")).Should().Be(token);
        var status = await workload.StatusOfAsync(WorkloadMethods.FetchJWTSVID, new JWTSVIDRequest { Audience = { "aud-new" } });
        status.Code.Should().Be(StatusCode.Unavailable);
        status.Message.Should().MatchRegex(
            "^could not fetch JWT-SVID: failed to fetch JWT SVID: rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial tcp 127\\.0\\.0\\.1:\\d+: connect: connection refused\"$");
    }

    [Fact]
    public async Task Agent_WhoseFailedSyncsDropItsCache_ServesNothingUntilTheNextSync()
    {
        var agent = await ServeAsync(settings => settings with { Defects = new HashSet<Defect> { Defect.FailedSyncDropsCache } });
        using var workload = new Workload(agent.SocketPath);

        await Spire.Servers[0].StopAsync();
        await agent.PassAsync(TimeSpan.FromSeconds(20));

        await FluentActions.Awaiting(() => workload.FetchSvidsAsync()).Should().ThrowAsync<GrpcException>();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Agent_WhoseOwnSvidCannotBeReplacedAtOnce_TriesAgainUnlessItGivesUp(bool givesUp)
    {
        Spire.AgentLife = TimeSpan.FromMinutes(4);
        var agent = await ServeAsync(settings => settings with { Defects = givesUp ? new HashSet<Defect> { Defect.GivesUpReattesting } : [] });
        await Spire.Servers[0].StopAsync();
        await agent.UntilAsync(() => agent.Log.Contains("Could not reattest agent", StringComparison.Ordinal), TimeSpan.FromMinutes(3), BigStep);

        if (givesUp)
        {
            (await agent.CrashAsync(TimeSpan.FromSeconds(5))).Should().Contain("connection refused");
        }
        else
        {
            await Spire.Servers[0].RestartAsync();
            await agent.UntilAsync(() => Spire.Count("AttestAgent") == 2, TimeSpan.FromMinutes(1), BigStep);
        }
    }

    [Fact]
    public async Task Agent_AllServersDownPastTheLifeOfSvids_StillServesThemExpiredAsSpireDoes()
    {
        Spire.SvidLife = _ => TimeSpan.FromMinutes(1);
        var agent = await ServeAsync();
        await Spire.Servers[0].StopAsync();

        await agent.PassAsync(TimeSpan.FromMinutes(2), BigStep);

        using var workload = new Workload(agent.SocketPath);
        var response = await workload.FetchSvidsAsync();
        Workload.Verify(response.Svids[0], Clock.GetUtcNow()).Problem.Should().Be(SvidProblem.Expired);
    }

    [Fact]
    public async Task Agent_ServerComesBack_SyncsAndRenewsWhatIsDue()
    {
        Spire.SvidLife = _ => TimeSpan.FromMinutes(4);
        var agent = await ServeAsync();
        using var workload = new Workload(agent.SocketPath);
        var before = Workload.Leaf((await workload.FetchSvidsAsync()).Svids[0]).SerialNumber;
        await Spire.Servers[0].StopAsync();
        await agent.PassAsync(TimeSpan.FromMinutes(3), BigStep);

        await Spire.Servers[0].RestartAsync();
        await agent.UntilAsync(() => Spire.Count("BatchNewX509SVID") >= 2, TimeSpan.FromMinutes(5), BigStep);
        await agent.PassAsync(TimeSpan.FromSeconds(1));

        var after = Workload.Leaf((await workload.FetchSvidsAsync()).Svids[0]);
        after.SerialNumber.Should().NotBe(before);
        (await workload.FetchTokenAsync("aud-new")).Should().NotBeEmpty();
    }

    [Fact]
    public async Task Agent_ServerRefusesSyncs_WaitsLongerAndLongerUpToFourMinutes()
    {
        var agent = await ServeAsync();
        Spire.Refuse = call => call.Name == "SyncAuthorizedEntries" ? new GrpcException(StatusCode.Internal, "unable to look up agent information") : null;
        var begin = Spire.Calls.Count;

        await agent.UntilAsync(() => Syncs(begin).Count >= 13, TimeSpan.FromHours(1), BigStep);

        var pauses = Syncs(begin).Zip(Syncs(begin).Skip(1), (first, second) => (second.At - first.At).TotalSeconds).ToList();
        var expected = 7.5;
        foreach (var pause in pauses)
        {
            pause.Should().BeInRange((expected * 0.9) - 1, (expected * 1.1) + 3);
            expected = Math.Min(expected * 1.5, 240);
        }

        expected.Should().Be(240);
    }

    [Fact]
    public async Task Agent_FailedCall_DialsAnew()
    {
        var agent = await ServeAsync();
        var before = Spire.Calls[^1].Connection;
        Spire.Refuse = call => call.Name == "SyncAuthorizedEntries" ? new GrpcException(StatusCode.Internal, "database is away") : null;
        await agent.UntilAsync(() => agent.Log.Contains("Synchronize failed", StringComparison.Ordinal), TimeSpan.FromSeconds(10));

        Spire.Refuse = _ => null;
        await SyncsAsync(agent, 2);

        Spire.Calls[^1].Connection.Should().NotBe(before);
        Spire.Calls.TakeLast(2).Select(call => call.Connection).Distinct().Should().ContainSingle("calls that succeed share a connection");
    }

    [Fact]
    public async Task Agent_TokenIsOldAndServerHangs_GivesTheOldOneAfterItsTime()
    {
        var agent = await ServeAsync(settings => settings with { TokenLimitWithFallback = TimeSpan.FromSeconds(5) });
        using var workload = new Workload(agent.SocketPath);
        var token = await workload.FetchTokenAsync("aud-a");
        Spire.Hold = (call, stop) => call.Name == "NewJWTSVID" ? Task.Delay(Timeout.Infinite, stop) : Task.CompletedTask;
        Clock.Advance(TimeSpan.FromMinutes(3));
        var begin = Clock.GetUtcNow();

        var second = workload.FetchTokenAsync("aud-a");
        await agent.UntilAsync(() => second.IsCompleted, TimeSpan.FromSeconds(10));

        (await second).Should().Be(token);
        (Clock.GetUtcNow() - begin).Should().BeCloseTo(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1));
        agent.Log.Should().Contain("Unable to renew JWT; returning cached copy");
    }

    [Fact]
    public async Task Agent_TokenHasExpiredAndNoServerAnswers_GivesNone()
    {
        var agent = await ServeAsync();
        using var workload = new Workload(agent.SocketPath);
        await workload.FetchTokenAsync("aud-a");
        await Spire.Servers[0].StopAsync();
        await agent.PassAsync(TimeSpan.FromMinutes(6), BigStep);

        var status = await workload.StatusOfAsync(WorkloadMethods.FetchJWTSVID, new JWTSVIDRequest { Audience = { "aud-a" } });

        status.Code.Should().Be(StatusCode.Unavailable);
        status.Message.Should().StartWith("could not fetch JWT-SVID: unable to renew JWT for \"spiffe://bench.test/wl/one\" (err=failed to fetch JWT SVID: ");
    }

    [Fact]
    public async Task Agent_ReattestationHangsWithoutALimitAsInSpire_HoldsUpEverySync()
    {
        var agent = await ServeAsync(settings => settings with { Defects = new HashSet<Defect> { Defect.AttestsWithoutLimit } });
        Spire.Hold = (call, stop) => call.Name == "AttestAgent" ? Task.Delay(Timeout.Infinite, stop) : Task.CompletedTask;
        Spire.Agents.Clear();
        await agent.UntilAsync(() => Spire.Count("AttestAgent") == 2, TimeSpan.FromSeconds(10));
        var syncs = Spire.Count("SyncAuthorizedEntries");

        await agent.PassAsync(TimeSpan.FromMinutes(2), BigStep);

        Spire.Count("SyncAuthorizedEntries").Should().Be(syncs);
        using var workload = new Workload(agent.SocketPath);
        (await workload.FetchSvidsAsync()).Svids.Should().ContainSingle("what is in the cache needs no server");
    }

    [Fact]
    public async Task Agent_ServerOfUnknownAuthority_GivesUp()
    {
        var agent = await ServeAsync();
        var server = Spire.Servers[0];
        await server.StopAsync();
        server.Authority = CertificateAuthority.CreateSelfSigned(
            Spire.TrustDomain, Keys.Create(), Clock.GetUtcNow(), TimeSpan.FromHours(24));

        await server.RestartAsync();

        var reason = await agent.CrashAsync(TimeSpan.FromMinutes(1));
        reason.Should().StartWith("failed to sync with SPIRE Server: failed to fetch authorized entries: rpc error: code = Unavailable")
            .And.Contain("x509: certificate signed by unknown authority");
        File.ReadAllText(DataFile).Should().NotContain("\"svid\":null");
    }

    private List<SeenCall> Syncs(int skip) => [.. Spire.Calls.Skip(skip).Where(call => call.Name == "SyncAuthorizedEntries")];
}
