using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Bundles;
using Spire.Wire.Contracts.Health;
using Spire.Wire.Grpc.Client;
using Validation.Spire.Access;
using Validation.Spire.Benching;

namespace Validation.Spire.Tests.Benching;

public sealed class BenchServerTests
{
    [Fact]
    public async Task Check_WithoutTls_IsServing()
    {
        await using var bench = await Bench.StartAsync();
        using var channel = bench.Channel(tls: null);

        var answer = await channel.CallAsync(HealthMethods.Check, new HealthCheckRequest(), Limit, CancellationToken.None);

        answer.Status.Should().Be(HealthCheckResponse.Types.ServingStatus.Serving);
    }

    [Fact]
    public async Task Attest_NodeOfTheAuthority_GetsAnSvidThatVerifies()
    {
        await using var bench = await Bench.StartAsync();
        using var admin = bench.Channel(tls: null);
        var bundle = await admin.CallAsync(BundleMethods.GetBundle, new GetBundleRequest(), Limit, CancellationToken.None);
        var verifier = new SvidVerifier(TrustBundle.FromApi(bundle));
        using var channel = bench.Channel(() => SvidTls.ForClient(id => id == BenchTrust.TrustDomain.ServerId, verifier, null, TimeProvider.System));
        using var nodes = new NodeCertificates(bench.Authority);
        using var key = Keys.Create();

        var svid = await Attestation.AttestAsync(
            channel, nodes.Make("node"), SigningRequest.ForAgent(key), TimeSpan.FromSeconds(20), () => { }, CancellationToken.None);

        verifier.Verify([.. svid.CertChain.Select(certificate => certificate.Memory)], TimeProvider.System.GetUtcNow()).IsValid.Should().BeTrue();
    }

    private static CallOptions Limit { get; } = CallOptions.Within(TimeSpan.FromSeconds(20));

    private sealed class Bench(X509Certificate2 authority, BenchServer server) : IAsyncDisposable
    {
        public X509Certificate2 Authority { get; } = authority;

        public static async Task<Bench> StartAsync()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=nodes", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            var now = TimeProvider.System.GetUtcNow();
            var authority = request.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));
            var trust = new BenchTrust(authority, TimeSpan.FromHours(1));
            return new Bench(authority, await BenchServer.StartAsync(trust, TimeProvider.System, CancellationToken.None));
        }

        public GrpcChannel Channel(Func<System.Net.Security.SslClientAuthenticationOptions>? tls) => new(new GrpcChannelOptions
        {
            Dial = Dialer.Tcp(new IPEndPoint(IPAddress.Loopback, tls is null ? server.Addresses.Clear : server.Addresses.Secure)),
            Tls = tls,
        });

        public async ValueTask DisposeAsync()
        {
            await server.DisposeAsync();
            Authority.Dispose();
        }
    }
}
