using System.Security.Cryptography;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Workload;

namespace Spire.Wire.Tests.Certificates;

public sealed class X509SvidTests
{
    [Fact]
    public void WorkloadApiAnswer_IsReadWithItsKeyAndVerifies()
    {
        var answer = Recording.Read("13-workload-api.jsonl").First(line => line.Type == X509SVIDResponse.Descriptor.FullName).Parse<X509SVIDResponse>();

        foreach (var received in answer.Svids)
        {
            using var svid = X509Svid.FromWorkloadApi(received);
            var bundle = BundleFormats.FromDer(svid.Id.TrustDomain, received.Bundle.Memory);

            svid.Id.ToString().Should().Be(received.SpiffeId);
            svid.Certificate.HasPrivateKey.Should().BeTrue();
            new SvidVerifier(bundle).Verify(svid.Chain, svid.Leaf.NotBefore).IsValid.Should().BeTrue();
        }
    }

    [Fact]
    public void SignedSvids_VerifyAgainstTheBundleOfTheirServers()
    {
        var verifier = new SvidVerifier(Recording.Bundle());
        var signed = Recording.Read("09-svid.jsonl").Where(line => line.Type == BatchNewX509SVIDResponse.Descriptor.FullName)
            .SelectMany(line => line.Parse<BatchNewX509SVIDResponse>().Results).Where(result => result.Svid is not null).ToList();

        signed.Should().NotBeEmpty();
        foreach (var result in signed)
        {
            var verification = verifier.Verify([.. result.Svid.CertChain.Select(certificate => certificate.Memory)], Recording.Then);

            verification.Detail.Should().BeEmpty();
            verification.Id.Should().Be(SpiffeId.FromApi(result.Svid.Id));
            verification.Leaf!.NotAfter.ToUnixTimeSeconds().Should().Be(result.Svid.ExpiresAt);
        }
    }

    [Fact]
    public void OwnAnswer_ForTheWorkloadApi_IsReadBack()
    {
        var trust = new TestTrust();
        var sent = trust.IssueBelowAnIntermediate("/a").ToWorkloadApi(trust.Bundle, "hint");

        using var received = X509Svid.FromWorkloadApi(sent);

        received.Id.ToString().Should().Be("spiffe://example.org/a");
        trust.Verifier.Verify(received.Chain, trust.Now).IsValid.Should().BeTrue();
        sent.Bundle.Span.ToArray().Should().Equal(trust.Bundle.ToDer());
        sent.Hint.Should().Be("hint");
    }

    [Fact]
    public void Intermediates_OfAnSvidThatIsDisposedOf_AreDisposedOf()
    {
        var svid = new TestTrust().IssueBelowAnIntermediate("/a");
        var intermediates = svid.Tls.IntermediateCertificates;

        svid.Dispose();

        intermediates.Should().ContainSingle().Which.Handle.Should().Be(0);
    }

    [Fact]
    public void Chain_WithoutACertificate_IsRefused()
    {
        using var key = Keys.Create();

        var create = () => new X509Svid([], key);

        create.Should().Throw<CryptographicException>();
    }

    [Fact]
    public void Authority_IsNoSvid()
    {
        using var key = Keys.Create();

        var create = () => new X509Svid([new TestTrust().Authority.Certificate.Der], key);

        create.Should().Throw<CryptographicException>();
    }

    [Fact]
    public void PrivateKeys_OfEveryKind_AreReadFromPkcs8()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);

        Keys.ReadPrivate(ec.ExportPkcs8PrivateKey()).Should().BeAssignableTo<ECDsa>();
        Keys.ReadPrivate(rsa.ExportPkcs8PrivateKey()).Should().BeAssignableTo<RSA>();
        var read = () => Keys.ReadPrivate([1, 2, 3]);
        read.Should().Throw<CryptographicException>();
    }
}
