using System.Text.Json;
using EmbeddedSpire.Tests.Agent.Scripted;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Tests.Agent.Scenarios;

public sealed class RefusalTests : AgentScenario
{
    [Fact]
    public async Task Agent_Banned_ForgetsItselfAndExits()
    {
        var agent = await ServeAsync();

        Spire.Agents.Values.Single().Serial = string.Empty;

        (await agent.CrashAsync(TimeSpan.FromSeconds(30))).Should().Be(
            "failed to fetch authorized entries: rpc error: code = PermissionDenied desc = authorization denied for method /spire.api.server.entry.v1.Entry/SyncAuthorizedEntries");
        agent.Log.Should().Contain("Agent is banned: removing SVID and shutting down");
        Remembered().Should().Be(JsonValueKind.Null);
        File.Exists(agent.SocketPath).Should().BeFalse();
    }

    [Fact]
    public async Task Agent_BannedAndRestarted_CannotAttest()
    {
        var agent = await ServeAsync();
        Spire.Agents.Values.Single().Serial = string.Empty;
        await agent.CrashAsync(TimeSpan.FromSeconds(30));

        (await Start().CrashAsync(TimeSpan.FromSeconds(5))).Should().Be(
            "failed to receive attestation response: rpc error: code = PermissionDenied desc = failed to attest: agent is banned");
    }

    [Fact]
    public async Task Agent_Evicted_AttestsAgainWhereItStands()
    {
        var agent = await ServeAsync();
        using var workload = new Workload(agent.SocketPath);
        await using var stream = workload.FollowSvids();
        await stream.ReadAsync(CancellationToken.None);

        Spire.Agents.Clear();
        await agent.UntilAsync(() => Spire.Count("AttestAgent") == 2, TimeSpan.FromSeconds(30));
        await SyncsAsync(agent, 1);

        agent.Ended.IsCompleted.Should().BeFalse();
        agent.Log.Should().Contain("Agent needs to re-attest; will attempt to re-attest").And.Contain("Successfully reattested node");
        (await workload.FetchSvidsAsync()).Svids.Should().ContainSingle();
    }

    [Fact]
    public async Task Agent_EvictedAndBannedMeanwhile_ForgetsItselfAndExits()
    {
        var agent = await ServeAsync();

        // The first refusal says "not attested", the answer to the attestation is the ban.
        var id = Spire.Agents.Keys.Single();
        Spire.Agents.Clear();
        Spire.Hold = (call, _) =>
        {
            if (call.Name == "AttestAgent")
            {
                Spire.Agents[id] = new ScriptedAgent();
            }

            return Task.CompletedTask;
        };

        (await agent.CrashAsync(TimeSpan.FromSeconds(30))).Should().StartWith("failed to fetch authorized entries:");
        agent.Log.Should().Contain("Agent failed re-attestation; removing SVID and shutting down");
        Remembered().Should().Be(JsonValueKind.Null);
    }

    [Fact]
    public async Task JoinTokenAgent_Evicted_ForgetsItselfAndExits()
    {
        var agent = await ServeAsync(byToken: true);

        Spire.Agents.Clear();

        (await agent.CrashAsync(TimeSpan.FromSeconds(30))).Should().StartWith("failed to fetch authorized entries: rpc error: code = PermissionDenied");
        Remembered().Should().Be(JsonValueKind.Null);
        Spire.Count("AttestAgent").Should().Be(1);
    }

    [Fact]
    public async Task Agent_RefusedAtItsFirstSync_ForgetsItselfAndExits()
    {
        await StopAsync(await ServeAsync());
        Spire.Agents.Clear();

        await Start().CrashAsync(TimeSpan.FromSeconds(30));

        Remembered().Should().Be(JsonValueKind.Null);
        await Start().ServingAsync();
        Spire.Count("AttestAgent").Should().Be(2, "the next start attests");
    }

    [Fact]
    public async Task JoinTokenAgent_WhoseOldSvidIsRefusedAfterRenewal_UsesTheNewOne()
    {
        Spire.AgentLife = TimeSpan.FromMinutes(2);
        var agent = await ServeAsync(byToken: true);
        var id = Spire.Agents.Keys.Single();
        var first = Spire.Agents[id].Serial;

        await agent.UntilAsync(() => Spire.Agents[id].Serial != first, TimeSpan.FromMinutes(3), TimeSpan.FromMilliseconds(200));
        await SyncsAsync(agent, 2);

        Spire.Calls.TakeLast(2).Should().OnlyContain(call => call.Serial == Spire.Agents[id].Serial || call.Name == "GetBundle");
        agent.Ended.IsCompleted.Should().BeFalse();
        File.ReadAllText(Path.Combine(Folder, "data", "keys.json")).Should().Contain("agent-svid-B");
    }

    [Fact]
    public async Task JoinTokenAgent_RenewalImpossibleUntilItsSvidExpires_Exits()
    {
        Spire.AgentLife = TimeSpan.FromMinutes(2);
        var agent = await ServeAsync(byToken: true);
        Spire.Refuse = call => call.Name == "RenewAgent" ? new GrpcException(StatusCode.Internal, "failed to sign X509 SVID") : null;

        var reason = await agent.CrashAsync(TimeSpan.FromMinutes(4), TimeSpan.FromMilliseconds(250));

        // If that needs a new connection, it already fails there, because of the certificate.
        reason.Should().MatchRegex("^current SVID has already expired and rotate agent SVID failed: failed to renew agent: rpc error: code = (Internal|Unavailable) ");
    }

    private JsonValueKind Remembered()
    {
        using var data = JsonDocument.Parse(File.ReadAllText(DataFile));
        return data.RootElement.GetProperty("svid").ValueKind;
    }
}
