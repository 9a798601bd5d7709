using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using EmbeddedSpire.Tests.Agent.Scripted;
using Spire.Wire.Certificates;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Tests.Agent.Scenarios;

[SupportedOSPlatform("linux")]
public sealed class StartTests : AgentScenario
{
    [Fact]
    public async Task Agent_FreshNode_AttestsSyncsAndServes()
    {
        var agent = await ServeAsync();
        using var workload = new Workload(agent.SocketPath);

        var response = await workload.FetchSvidsAsync();

        response.Svids.Should().ContainSingle().Which.SpiffeId.Should().Be("spiffe://bench.test/wl/one");
        Workload.Verify(response.Svids[0], Clock.GetUtcNow()).IsValid.Should().BeTrue();
        File.GetUnixFileMode(agent.SocketPath).Should().Be((UnixFileMode)0b111_111_111);
    }

    [Fact]
    public async Task Agent_WithRsaNodeKey_Attests()
    {
        await Spire.StartServerAsync();
        var node = Node.Create(Folder, Clock, isRsa: true);
        Spire.Pop = node.Believer(Clock);

        await Start(settings => settings with { Pop = node.Files }).ServingAsync();

        Spire.Agents.Should().ContainSingle();
    }

    [Fact]
    public async Task Agent_Attested_RemembersItselfInSpiresForm()
    {
        await ServeAsync();

        using var data = JsonDocument.Parse(File.ReadAllText(DataFile));
        data.RootElement.EnumerateObject().Select(member => member.Name).Should().Equal(
            "svid", "bundle", "reattestable", "bootstrap_use", "bootstrap_start_time", "connection_attempts");
        Encoding.ASCII.GetString(data.RootElement.GetProperty("svid")[0].GetBytesFromBase64()).Should().StartWith("-----BEGIN CERTIFICATE-----\n");
        data.RootElement.GetProperty("reattestable").GetBoolean().Should().BeTrue();
        data.RootElement.GetProperty("bootstrap_use").GetInt32().Should().Be(2);
        data.RootElement.GetProperty("bootstrap_start_time").GetString().Should().Be("0001-01-01T00:00:00Z");
        using var keys = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "data", "keys.json")));
        keys.RootElement.GetProperty("keys").EnumerateObject().Should().ContainSingle().Which.Name.Should().Be("agent-svid-A");
        File.GetUnixFileMode(DataFile).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Agent_RestartedWithAValidSvid_DoesNotAttest()
    {
        await StopAsync(await ServeAsync());
        var before = Spire.Count("AttestAgent");

        var second = await ServeAsync();

        Spire.Count("AttestAgent").Should().Be(before);
        using var workload = new Workload(second.SocketPath);
        (await workload.FetchSvidsAsync()).Svids.Should().ContainSingle();
    }

    [Fact]
    public async Task Agent_RestartedWithAnExpiredSvid_AttestsWithAKeyInTheOtherPlace()
    {
        await StopAsync(await ServeAsync());
        Clock.Advance(TimeSpan.FromHours(2));

        var second = await ServeAsync();

        Spire.Count("AttestAgent").Should().Be(2);
        second.Log.Should().Contain("SVID key recovered, but SVID is expired. Generating new keypair");
        File.ReadAllText(Path.Combine(Folder, "data", "keys.json")).Should().Contain("agent-svid-B");
    }

    [Fact]
    public async Task Agent_RestartedByTokenWithKeysInMemory_CannotAttestAgain()
    {
        await Spire.StartServerAsync();
        Spire.Tokens["token-1"] = true;
        var first = Start(settings => settings with { Pop = null, JoinToken = "token-1", KeyDirectory = null });
        await first.ServingAsync();
        first.Log.Should().Contain("the 'memory' key manager is in use");
        await StopAsync(first);

        var second = Start(settings => settings with { Pop = null, JoinToken = "token-1", KeyDirectory = null });

        (await second.CrashAsync(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(1))).Should().Contain("join token does not exist or has already been used");
    }

    [Fact]
    public async Task Agent_NoServerAnswers_TriesFourTimesAndExits()
    {
        await (await Spire.StartServerAsync()).StopAsync();
        var begin = Clock.GetUtcNow();

        var reason = await Start().CrashAsync(TimeSpan.FromMinutes(2), TimeSpan.FromMilliseconds(200));

        reason.Should().MatchRegex("failed to receive attestation response: rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial tcp 127\\.0\\.0\\.1:\\d+: connect: connection refused\"");

        // 5 + 7.5 + 11.25 + 16.9 s, each ± 10 %; the next pause would end after the minute.
        (Clock.GetUtcNow() - begin).Should().BeCloseTo(TimeSpan.FromSeconds(40.6), TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task Agent_RestartedWhileNoServerAnswers_ExitsAfterTheSamePatience()
    {
        await StopAsync(await ServeAsync());
        await Spire.Servers[0].StopAsync();
        var begin = Clock.GetUtcNow();

        var reason = await Start().CrashAsync(TimeSpan.FromMinutes(2), TimeSpan.FromMilliseconds(200));

        reason.Should().StartWith("failed to fetch authorized entries: rpc error: code = Unavailable");
        (Clock.GetUtcNow() - begin).Should().BeCloseTo(TimeSpan.FromSeconds(40.6), TimeSpan.FromSeconds(6));
        File.ReadAllText(DataFile).Should().NotContain("\"svid\":null", "a server that is away has nothing against the agent");
    }

    [Fact]
    public async Task Agent_ServerComesWhileItTries_Attests()
    {
        var server = await Spire.StartServerAsync();
        await server.StopAsync();
        var agent = Start();
        await agent.PassAsync(TimeSpan.FromSeconds(8));

        await server.RestartAsync();

        await agent.ServingAsync();
    }

    [Fact]
    public async Task Agent_ServerDeniesAttestation_ExitsAtOnce()
    {
        await Spire.StartServerAsync();
        Spire.Refuse = call => call.Name == "AttestAgent" ? new GrpcException(StatusCode.PermissionDenied, "failed to attest: agent is banned") : null;

        var reason = await Start().CrashAsync(TimeSpan.FromSeconds(3));

        reason.Should().Be("failed to receive attestation response: rpc error: code = PermissionDenied desc = failed to attest: agent is banned");
        Spire.Count("AttestAgent").Should().Be(1);
    }

    [Fact]
    public async Task Agent_BootstrapBundleOfSomebodyElse_NeverAttests()
    {
        await Spire.StartServerAsync();
        var other = CertificateAuthority.CreateSelfSigned(Spire.TrustDomain, Keys.Create(), Clock.GetUtcNow(), TimeSpan.FromHours(1));
        var bundle = new TrustBundle { TrustDomain = Spire.TrustDomain, X509Authorities = [new X509Authority(other.Certificate.Der)] };
        File.WriteAllText(Path.Combine(Folder, "bootstrap.pem"), bundle.ToPem());

        var reason = await Start().CrashAsync(TimeSpan.FromMinutes(2), TimeSpan.FromMilliseconds(200));

        reason.Should().Contain("transport: authentication handshake failed: x509svid: could not verify leaf certificate: x509: certificate signed by unknown authority");
        Spire.Calls.Should().BeEmpty();
    }

    [Fact]
    public async Task Agent_InsecureBootstrap_TakesTheBundleOfWhomItMeets()
    {
        await Spire.StartServerAsync();

        var agent = Start(settings => settings with { Trust = settings.Trust with { BundlePath = null, IsInsecure = true } });

        await agent.ServingAsync();
        agent.Log.Should().Contain("Insecure bootstrap enabled; skipping server certificate verification");
    }

    [Fact]
    public async Task Agent_InsecureBootstrapAtAServerOfAnotherName_IsRefused()
    {
        await Spire.StartServerAsync();
        var other = TrustDomain.Parse("other.test");

        var agent = Start(settings => settings with { Trust = settings.Trust with { TrustDomain = other, BundlePath = null, IsInsecure = true } });

        (await agent.CrashAsync(TimeSpan.FromMinutes(2), TimeSpan.FromMilliseconds(200))).Should()
            .Contain("expected server SPIFFE ID \"spiffe://other.test/spire/server\"; got \"[spiffe://bench.test/spire/server]\"");
    }

    [Fact]
    public async Task Agent_BundleAsSpiffeDocument_IsRead()
    {
        await Spire.StartServerAsync();
        var path = Path.Combine(Folder, "bundle.json");
        File.WriteAllText(path, Spire.Bundle.ToDocument());

        await Start(settings => settings with { Trust = settings.Trust with { BundlePath = path, IsDocument = true } }).ServingAsync();
    }

    [Fact]
    public async Task Agent_FirstSyncFails_ServesNobodyYet()
    {
        await Spire.StartServerAsync();
        Spire.Refuse = call => call.Name == "SyncAuthorizedEntries" ? new GrpcException(StatusCode.Internal, "unable to look up agent information") : null;
        var agent = Start();

        await agent.PassAsync(TimeSpan.FromSeconds(15));

        File.Exists(agent.SocketPath).Should().BeFalse();
        Spire.Count("SyncAuthorizedEntries").Should().BeGreaterThan(1);
        Spire.Refuse = _ => null;
        await agent.ServingAsync();
    }

    [Fact]
    public async Task Agent_ServerWithoutPostStatus_GoesOn()
    {
        await Spire.StartServerAsync();
        Spire.Refuse = call => call.Name == "PostStatus" ? new GrpcException(StatusCode.Unimplemented, "unknown method PostStatus") : null;

        var agent = await ServeAsync();

        agent.Log.Should().Contain("Failed to post agent status");
    }
}
