using System.Runtime.Versioning;
using EmbeddedSpire.Agent.Attestation;
using EmbeddedSpire.Tests.Agent.Scripted;
using EmbeddedSpire.Tests.Server.Running;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.LocalAuthorities;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Contracts.Workload;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Tests.Agent.Scenarios;

/// <summary>The embedded agent with embedded servers on a real database.</summary>
[SupportedOSPlatform("linux")]
public sealed class EmbeddedServerTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly Node _node;

    public EmbeddedServerTests() => _node = Node.Create(_folder.Path, TimeProvider.System);

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Agent_JoinedByToken_ServesItsWorkloadsAndGoesOnAfterARestart()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(Options(database));
        var token = await server.Admin.CallAsync(AgentMethods.CreateJoinToken, new CreateJoinTokenRequest { Ttl = 600 });
        await using (var first = await RealTimeAgent.StartAsync(() => [server], _folder.Path, settings => settings with { JoinToken = token.Value }))
        {
            await EnrolAsync(server, "/wl/one");
            await FollowsAsync(first, "/wl/one");
        }

        await using var second = await RealTimeAgent.StartAsync(() => [server], _folder.Path, settings => settings);

        using var workload = new Workload(second.SocketPath);
        var svid = (await workload.FetchSvidsAsync()).Svids.Single();
        new SvidVerifier(await server.BundleAsync()).Verify(DecodedCertificate.Split(svid.X509Svid.Memory), TimeProvider.System.GetUtcNow()).IsValid.Should().BeTrue();
        var validated = await workload.Channel.CallAsync(
            WorkloadMethods.ValidateJWTSVID,
            new ValidateJWTSVIDRequest { Audience = "db", Svid = await workload.FetchTokenAsync("db") },
            Workload.Options,
            CancellationToken.None);
        validated.SpiffeId.Should().Be("spiffe://bench.test/wl/one");
        (await ListAgentsAsync(server)).Should().ContainSingle("who is restarted does not attest again");
    }

    [SkippableFact]
    public async Task Agent_ServersGoOneByOneAndComeBack_ServesFromTheOtherThenFromItsCacheThenAgain()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        var options = Options(database) with { KeysPath = _folder.File("server-keys.json") };
        await using var first = await TestServer.StartAsync(options);
        await using var second = await TestServer.StartAsync(Options(database));
        List<TestServer> servers = [first, second];
        await WaitForBothAuthoritiesAsync(first);
        await using var agent = await RealTimeAgent.StartAsync(() => servers, _folder.Path, settings => settings with { Pop = _node.Files });
        await EnrolAsync(second, "/wl/one");
        await FollowsAsync(agent, "/wl/one");
        using var workload = new Workload(agent.SocketPath);

        await first.StopAsync();
        await Eventually.SucceedsAsync(() => workload.FetchTokenAsync("while one is gone"), TimeSpan.FromSeconds(20), error => error is GrpcException);
        await second.StopAsync();

        (await workload.FetchSvidsAsync()).Svids.Should().ContainSingle();
        await workload.FetchTokenAsync("while one is gone");
        (await Workload.StatusOfAsync(() => workload.FetchTokenAsync("while both are gone"))).Code.Should().Be(StatusCode.Unavailable);

        await using var third = await TestServer.StartAsync(options);
        servers.Add(third);
        await Eventually.SucceedsAsync(() => workload.FetchTokenAsync("when one is back"), TimeSpan.FromSeconds(60), error => error is GrpcException);
        agent.Ended.IsCompleted.Should().BeFalse();
    }

    [SkippableFact]
    public async Task Agent_AuthorityTainted_ReplacesItsOwnSvidAndThoseOfItsWorkloads()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(Options(database));
        await using var agent = await RealTimeAgent.StartAsync(() => [server], _folder.Path, settings => settings with { Pop = _node.Files });
        await EnrolAsync(server, "/wl/one");
        var before = await FollowsAsync(agent, "/wl/one");
        var agentBefore = (await ListAgentsAsync(server)).Single().X509SvidSerialNumber;

        var old = (await server.Admin.CallAsync(LocalAuthorityMethods.GetX509AuthorityState, new GetX509AuthorityStateRequest())).Active.AuthorityId;
        var next = (await server.Admin.CallAsync(LocalAuthorityMethods.PrepareX509Authority, new PrepareX509AuthorityRequest())).PreparedAuthority.AuthorityId;
        await server.Admin.CallAsync(LocalAuthorityMethods.ActivateX509Authority, new ActivateX509AuthorityRequest { AuthorityId = next });
        await server.Admin.CallAsync(LocalAuthorityMethods.TaintX509Authority, new TaintX509AuthorityRequest { AuthorityId = old });

        using var workload = new Workload(agent.SocketPath);
        await Eventually.IsTrueAsync(
            async () => Workload.Leaf((await workload.FetchSvidsAsync()).Svids.Single()).AuthorityKeyId == next,
            "the workload's SVID is signed by the new authority",
            TimeSpan.FromSeconds(40));
        await Eventually.IsTrueAsync(
            async () => (await ListAgentsAsync(server)).Single().X509SvidSerialNumber != agentBefore,
            "the agent's SVID is a new one",
            TimeSpan.FromSeconds(40));
        Workload.Leaf(before.Svids.Single()).AuthorityKeyId.Should().Be(old);
    }

    [SkippableFact]
    public async Task Agent_Evicted_AttestsAgainWithItsCertificate()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(Options(database));
        await using var agent = await RealTimeAgent.StartAsync(() => [server], _folder.Path, settings => settings with { Pop = _node.Files });
        var id = (await ListAgentsAsync(server)).Single().Id;

        await server.Admin.CallAsync(AgentMethods.DeleteAgent, new DeleteAgentRequest { Id = id });

        await Eventually.IsTrueAsync(async () => (await ListAgentsAsync(server)).Any(found => found.Id.Equals(id)), "the agent is there again");
        agent.Ended.IsCompleted.Should().BeFalse();
    }

    [SkippableFact]
    public async Task Agent_InAPod_AttestsByItsTokenAndAgainByTheNextOne()
    {
        await using var kubernetes = await KubernetesApi.StartAsync();
        var file = kubernetes.WriteKubeConfig(_folder.File("kubeconfig"));
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(TestServerOptions.On(database) with
        {
            Plugins = $$"""NodeAttestor "k8s_psat" { plugin_data { clusters = { "staging" = { service_account_allow_list = ["spire:agent"] kube_config_file = "{{file}}" } } } }""",
        });
        File.WriteAllText(_folder.File("token"), "good");
        await using var agent = await RealTimeAgent.StartAsync(
            () => [server], _folder.Path, settings => settings with { Psat = new PsatSource("staging", _folder.File("token")) });
        var attested = (await ListAgentsAsync(server)).Single();

        kubernetes.Tokens["better"] = kubernetes.Tokens["good"];
        kubernetes.Tokens.Remove("good");
        File.WriteAllText(_folder.File("token"), "better");
        await server.Admin.CallAsync(AgentMethods.DeleteAgent, new DeleteAgentRequest { Id = attested.Id });

        await Eventually.IsTrueAsync(async () => (await ListAgentsAsync(server)).Any(found => found.Id.Equals(attested.Id)), "the agent is there again");
        attested.Id.Path.Should().Be("/spire/agent/k8s_psat/staging/uid-of-node-1");
        attested.Should().Match<Spire.Wire.Contracts.Types.Agent>(one => one.CanReattest && one.AttestationType == "k8s_psat" && one.Selectors.Count == 8);
    }

    [SkippableFact]
    public async Task Agent_Banned_ForgetsItselfAndEnds()
    {
        await using var database = await Postgres.CreateDatabaseAsync();
        await using var server = await TestServer.StartAsync(Options(database));
        await using var agent = await RealTimeAgent.StartAsync(() => [server], _folder.Path, settings => settings with { Pop = _node.Files });

        await server.Admin.CallAsync(AgentMethods.BanAgent, new BanAgentRequest { Id = (await ListAgentsAsync(server)).Single().Id });

        await Eventually.IsTrueAsync(() => Task.FromResult(agent.Ended.IsFaulted), "the agent ends");
        agent.Log.Should().Contain("Agent is banned: removing SVID and shutting down");
        File.ReadAllText(_folder.File("data/agent-data.json")).Should().Contain("\"svid\":null");
    }

    private TestServerOptions Options(TestDatabase database) =>
        TestServerOptions.On(database) with { PopAuthorities = _node.Authority.ExportCertificatePem() };

    private static Task WaitForBothAuthoritiesAsync(TestServer server) => Eventually.IsTrueAsync(
        async () => (await server.BundleAsync()).X509Authorities.Count == 2,
        "the bundle has the authorities of both servers");

    private static async Task<IReadOnlyList<Spire.Wire.Contracts.Types.Agent>> ListAgentsAsync(TestServer server) =>
        (await server.Admin.CallAsync(AgentMethods.ListAgents, new ListAgentsRequest())).Agents;

    private static async Task EnrolAsync(TestServer server, string path)
    {
        var selector = Workload.Me.Split(':', 2);
        await server.Admin.CreateEntriesAsync(new Spire.Wire.Contracts.Types.Entry
        {
            ParentId = (await ListAgentsAsync(server)).Single().Id,
            SpiffeId = SpiffeId.Of(TestServer.TrustDomain, path).ToApi(),
            Selectors = { new Selector { Type = selector[0], Value = selector[1] } },
        });
    }

    private static async Task<X509SVIDResponse> FollowsAsync(RealTimeAgent agent, string path)
    {
        using var workload = new Workload(agent.SocketPath);
        X509SVIDResponse? response = null;
        await Eventually.SucceedsAsync(
            async () => response = await workload.FetchSvidsAsync(), TimeSpan.FromSeconds(20), error => error is GrpcException { Code: StatusCode.PermissionDenied });
        response!.Svids.Should().ContainSingle(svid => svid.SpiffeId.EndsWith(path), agent.Log);
        return response;
    }
}
