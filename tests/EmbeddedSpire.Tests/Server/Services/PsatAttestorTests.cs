using System.Text;
using EmbeddedSpire.Server;
using EmbeddedSpire.Server.Services;
using EmbeddedSpire.Tests.Agent.Scripted;
using EmbeddedSpire.Tests.Server.Running;
using Spire.Wire.Attestation;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Tests.Server.Services;

/// <summary>Codes and texts are those of SPIRE 1.15.3's plugin and of its client for the API server.</summary>
public sealed class PsatAttestorTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private KubernetesApi _api = null!;

    public async Task InitializeAsync() => _api = await KubernetesApi.StartAsync();

    public async Task DisposeAsync()
    {
        await _api.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Attest_APodOfAnAllowedAccount_IsNamedAfterItsKubernetesNode()
    {
        var attested = await AttestAsync("good");

        attested.Id.ToString().Should().Be("spiffe://bench.test/spire/agent/k8s_psat/staging/uid-of-node-1");
        attested.CanReattest.Should().BeTrue();
        attested.Selectors.Select(selector => $"{selector.Type}:{selector.Value}").Should().BeEquivalentTo(
            "k8s_psat:cluster:staging",
            "k8s_psat:agent_ns:spire",
            "k8s_psat:agent_sa:agent",
            "k8s_psat:agent_pod_name:agent-1",
            "k8s_psat:agent_pod_uid:uid-of-agent-1",
            "k8s_psat:agent_node_ip:10.0.0.1",
            "k8s_psat:agent_node_name:node-1",
            "k8s_psat:agent_node_uid:uid-of-node-1");
        _api.Asked.Should().Equal("/apis/authentication.k8s.io/v1/tokenreviews", "/api/v1/namespaces/spire/pods/agent-1", "/api/v1/nodes/node-1");
        _api.Audiences.Should().Be("[\"spire-server\"]");
    }

    [Fact]
    public async Task Attest_WithPodUidsAndLabels_HasThemInIdAndSelectors()
    {
        var attested = await AttestAsync("good", cluster => cluster with
        {
            UsesPodUid = true,
            NodeLabelKeys = new HashSet<string> { "topology.kubernetes.io/zone" },
            PodLabelKeys = new HashSet<string> { "app", "missing" },
        });

        attested.Id.Path.Should().Be("/spire/agent/k8s_psat/staging/pod/uid-of-agent-1");
        attested.Selectors.Select(selector => selector.Value).Where(value => value.Contains("label"))
            .Should().BeEquivalentTo("agent_node_label:topology.kubernetes.io/zone:z1", "agent_pod_label:app:agent");
    }

    [Fact]
    public async Task Attest_ForTheApiServersOwnAudience_TakesAnyThatItAuthenticates()
    {
        await AttestAsync("audience-not-looked-at", cluster => cluster with { Audience = [] });

        _api.Audiences.Should().Be("[]");
    }

    [Theory]
    [InlineData("forged", StatusCode.PermissionDenied, "token not authenticated according to TokenReview API for cluster \"staging\"")]
    [InlineData("another-account", StatusCode.PermissionDenied, "\"spire:workload\" is not an allowed service account for cluster \"staging\"")]
    [InlineData("wrong-audience", StatusCode.Internal, "unable to validate token with TokenReview API for cluster \"staging\": token review API response contains an error: [invalid bearer token, token audiences [\"vault\"] is invalid for the target audiences [\"spire-server\"]]")]
    [InlineData("audience-not-looked-at", StatusCode.Internal, "unable to validate token with TokenReview API for cluster \"staging\": token review API did not validate audience: wanted one of [\"spire-server\"] but got [\"https://kubernetes.default.svc\"]")]
    [InlineData("a-user", StatusCode.Internal, "fail to parse username from token review status for cluster \"staging\": unexpected username format: admin")]
    [InlineData("no-pod", StatusCode.Internal, "fail to get pod name from token review status for cluster \"staging\": missing pod name")]
    [InlineData("pod-is-gone", StatusCode.Internal, "fail to get pod from k8s API server for cluster \"staging\": unable to query pods API: pods \"agent-0\" not found")]
    public async Task Attest_SomebodyElse_IsRefused(string token, StatusCode code, string text) => (await RefusalAsync(token)).Should().Be((code, text));

    [Theory]
    [InlineData("{\"cluster\":\"other\",\"token\":\"good\"}", "not configured for cluster \"other\"")]
    [InlineData("{\"token\":\"good\"}", "missing cluster in attestation data")]
    [InlineData("{\"cluster\":\"staging\",\"token\":\"\"}", "missing token in attestation data")]
    [InlineData("good", "failed to unmarshal data payload: *")]
    public async Task Attest_APayloadThatIsNone_IsRefusedAndNobodyIsAsked(string payload, string text)
    {
        var attest = () => Attestor().AttestAsync(Encoding.UTF8.GetBytes(payload), CancellationToken.None);

        (await attest.Should().ThrowAsync<GrpcException>().WithMessage($"*nodeattestor(k8s_psat): {text}")).Which.Code.Should().Be(StatusCode.InvalidArgument);
        _api.Asked.Should().BeEmpty();
    }

    [Fact]
    public async Task Attest_WhileTheApiServerIsAway_IsRefusedAsInternal()
    {
        await _api.StopAsync();

        (await RefusalAsync("good")).Should().Match<(StatusCode Code, string Text)>(refusal => refusal.Code == StatusCode.Internal
            && refusal.Text.StartsWith("unable to validate token with TokenReview API for cluster \"staging\": unable to query token review API: "));
    }

    [Theory]
    [InlineData("token: of-somebody-else", "unable to query token review API: Unauthorized")]
    [InlineData("exec: { command: aws }", "unable to get clientset: unable to create client config: *the context \"here\" has exec, auth-provider, username or insecure-skip-tls-verify; supported by the embedded SPIRE are token, tokenFile, *")]
    [InlineData("tokenFile: missing", "unable to get clientset: unable to create client config: Could not find file *")]
    public async Task Attest_WithAKubeconfigThatGivesNoAccess_SaysSo(string user, string text)
    {
        var (code, refusal) = await RefusalAsync("good", user: user);

        code.Should().Be(StatusCode.Internal);
        refusal.Should().Match($"unable to validate token with TokenReview API for cluster \"staging\": {text}");
    }

    [Fact]
    public async Task Attest_OutsideOfACluster_NeedsAKubeconfig()
    {
        var (_, refusal) = await RefusalAsync("good", cluster => cluster with { KubeConfigFile = null });

        refusal.Should().EndWith("unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined");
    }

    [Fact]
    public async Task Attest_AnApiServerOfAnotherAuthority_IsNotAsked()
    {
        await using var other = await KubernetesApi.StartAsync();
        var file = other.WriteKubeConfig(Path.Combine(_directory.Path, "other"));
        var wrong = File.ReadAllLines(_api.WriteKubeConfig(Path.Combine(_directory.Path, "mine"))).Single(line => line.Contains("certificate-authority-data"));
        await File.WriteAllLinesAsync(file, File.ReadAllLines(file).Select(line => line.Contains("certificate-authority-data") ? wrong : line));

        await RefusalAsync("good", cluster => cluster with { KubeConfigFile = file });

        other.Asked.Should().BeEmpty();
    }

    private Task<Attested> AttestAsync(string token, Func<PsatCluster, PsatCluster>? change = null, string? user = null) =>
        Attestor(change, user).AttestAsync(new PsatAttestation("staging", token).Data().Payload.Memory, CancellationToken.None);

    private async Task<(StatusCode Code, string Text)> RefusalAsync(string token, Func<PsatCluster, PsatCluster>? change = null, string? user = null)
    {
        const string Prefix = "nodeattestor(k8s_psat): ";
        var attest = () => AttestAsync(token, change, user);
        var status = (await attest.Should().ThrowAsync<GrpcException>()).Which.Status;
        status.Message.Should().StartWith(Prefix);
        return (status.Code, status.Message[Prefix.Length..]);
    }

    private PsatAttestor Attestor(Func<PsatCluster, PsatCluster>? change = null, string? user = null)
    {
        var file = Path.Combine(_directory.Path, "kubeconfig");
        var cluster = new PsatCluster
        {
            ServiceAccounts = new HashSet<string> { "spire:agent" },
            KubeConfigFile = user is null ? _api.WriteKubeConfig(file) : _api.WriteKubeConfig(file, user),
        };
        return new PsatAttestor(TestServer.TrustDomain, new Dictionary<string, PsatCluster> { ["staging"] = change is null ? cluster : change(cluster) });
    }
}
