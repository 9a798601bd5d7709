using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Spire.Wire.Certificates;
using Spire.Wire.Grpc;

namespace Spire.Wire.Tests.Grpc;

public sealed class TlsTests
{
    private readonly TestTrust _trust = new();

    [Fact]
    public async Task Client_WithoutACertificate_MayConnect()
    {
        Wire.Grpc.Server.GrpcPeer? peer = null;
        var service = new TestService
        {
            Unary = (request, call, _) =>
            {
                peer = call.Peer;
                return Task.FromResult(new Wire.Contracts.Types.Entry { Id = request.Id });
            },
        };
        await using var wired = await StartAsync(client: null, service: service);

        (await wired.EchoAsync("attest me")).Should().Be("attest me");
        peer!.Certificate.Should().BeNull();
    }

    [Fact]
    public async Task Chains_WithAnIntermediate_AreSentAndVerifiedOnBothSides()
    {
        await using var wired = await StartAsync(
            _trust.IssueBelowAnIntermediate("/workload"), server: _trust.IssueBelowAnIntermediate("/spire/server"));

        (await wired.EchoAsync("long way")).Should().Be("long way");
    }

    [Theory]
    [InlineData("127.0.0.1:8081")]
    [InlineData("[::1]:8081")]
    [InlineData("spire-server.example.org")]
    public async Task Authority_OfAnyForm_DoesNotMatterForTrust(string authority)
    {
        await using var wired = await Wired.StartAsync(
            server: options => options with { Tls = Wired.ServerTls(_trust, _trust.Issue("/spire/server")) },
            channel: options => options with { Tls = Wired.ClientTls(_trust, null), Authority = authority });

        (await wired.EchoAsync("whatever I call you")).Should().Be("whatever I call you");
    }

    [Fact]
    public async Task RsaKeys_Serve()
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        var trust = new TestTrust(key: key);
        await using var wired = await StartAsync(trust.Issue("/workload"), trust.Issue("/spire/server"), trust);

        (await wired.EchoAsync("rsa")).Should().Be("rsa");
    }

    [Theory]
    [InlineData("/spire/agent/x", "somebody else")]
    [InlineData("/spire/server/2", "somebody else")]
    public async Task Server_WithAnotherId_IsRefusedByTheClient(string path, string reason)
    {
        await using var wired = await StartAsync(client: null, server: _trust.Issue(path));

        await ShouldBeUnavailableAsync(wired, reason);
    }

    [Fact]
    public async Task Server_OfAnotherAuthority_IsRefusedByTheClient()
    {
        await using var wired = await StartAsync(client: null, server: new TestTrust().Issue("/spire/server"));

        await ShouldBeUnavailableAsync(wired, "no authority with the key");
    }

    [Fact]
    public async Task Server_WithAnExpiredCertificate_IsRefusedByTheClient()
    {
        var expired = _trust.Issue("/spire/server", TimeSpan.FromHours(1), _trust.Now - TimeSpan.FromHours(2));
        await using var wired = await StartAsync(client: null, server: expired);

        await ShouldBeUnavailableAsync(wired, "was valid until");
    }

    [Fact]
    public async Task Client_OfAnotherAuthority_IsRefusedByTheServer()
    {
        await using var wired = await StartAsync(new TestTrust().Issue("/workload"));

        await ShouldBeUnavailableAsync(wired, "connection error");
    }

    [Fact]
    public async Task Client_WithAnExpiredCertificate_IsRefusedByTheServer()
    {
        await using var wired = await StartAsync(_trust.Issue("/workload", TimeSpan.FromHours(1), _trust.Now - TimeSpan.FromHours(2)));

        await ShouldBeUnavailableAsync(wired, "connection error");
    }

    [Fact]
    public async Task RenewedCertificate_IsShownFromTheNextConnectionOn()
    {
        var shown = new List<string>();
        var identity = _trust.Issue("/old");
        var service = new TestService
        {
            Unary = (request, call, _) =>
            {
                shown.Add(DecodedCertificate.Decode(call.Peer.Certificate!.RawDataMemory).Uris.Single());
                return Task.FromResult(new Wire.Contracts.Types.Entry { Id = request.Id });
            },
        };
        await using var wired = await Wired.StartAsync(
            service: service,
            server: options => options with { Tls = Wired.ServerTls(_trust, _trust.Issue("/spire/server")) },
            channel: options => options with
            {
                Tls = () => Wired.ClientTls(_trust, identity)(),
                ConnectionAge = TimeSpan.FromMilliseconds(100),
            });

        await wired.EchoAsync("before");
        identity = _trust.Issue("/new");
        await wired.EchoAsync("on the same connection");
        await Task.Delay(300);
        await wired.EchoAsync("after");

        shown.Should().Equal("spiffe://example.org/old", "spiffe://example.org/old", "spiffe://example.org/new");
    }

    [Fact]
    public void Client_ThatHasVerifiedTheServer_KeepsNoCertificateObject()
    {
        var server = _trust.Issue("/spire/server");
        using var chain = new X509Chain();
        var (leaf, copy) = (Load(server), Load(server));
        chain.ChainPolicy.ExtraStore.Add(copy);
        var tls = Wired.ClientTls(_trust, null)();

        tls.RemoteCertificateValidationCallback!(this, leaf, chain, SslPolicyErrors.None).Should().BeTrue();

        (leaf.Handle, copy.Handle).Should().Be((0, 0));
    }

    private static X509Certificate2 Load(X509Svid svid) => X509CertificateLoader.LoadCertificate(svid.Leaf.Der.Span);

    private static async Task ShouldBeUnavailableAsync(Wired wired, string reason)
    {
        var call = () => wired.EchoAsync("please");

        var failure = (await call.Should().ThrowAsync<GrpcException>()).Which;
        failure.Code.Should().Be(StatusCode.Unavailable);
        failure.Status.Message.Should().Contain(reason);
        failure.InnerException.Should().NotBeNull();
    }

    private Task<Wired> StartAsync(X509Svid? client, X509Svid? server = null, TestTrust? trust = null, TestService? service = null) => Wired.StartAsync(
        service: service,
        server: options => options with { Tls = Wired.ServerTls(trust ?? _trust, server ?? _trust.Issue("/spire/server")) },
        channel: options => options with { Tls = Wired.ClientTls(trust ?? _trust, client) });
}
