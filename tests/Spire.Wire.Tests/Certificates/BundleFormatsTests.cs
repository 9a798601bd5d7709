using System.Security.Cryptography;
using System.Text;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;

namespace Spire.Wire.Tests.Certificates;

public sealed class BundleFormatsTests
{
    private static readonly TrustBundle Recorded = TrustBundle.FromApi(
        Recording.Read("06-bundle.jsonl").First(line => line.Type == Bundle.Descriptor.FullName).Parse<Bundle>());

    [Fact]
    public void ApiBundle_IsTheSameAfterReadingAndWriting()
    {
        foreach (var line in Recording.Conversations.SelectMany(Recording.Read).Where(line => line.Type == Bundle.Descriptor.FullName))
        {
            var bundle = line.Parse<Bundle>();
            if (bundle.TrustDomain == Recording.TrustDomain.Name)
            {
                TrustBundle.FromApi(bundle).ToApi().Should().Be(bundle);
            }
        }
    }

    [Fact]
    public void BundleDocument_IsTheSameTextAfterReadingAndWriting()
    {
        var text = Recording.Text("bundle-spiffe.json");

        var bundle = BundleFormats.FromDocument(Recording.TrustDomain, Encoding.UTF8.GetBytes(text));

        bundle.X509Authorities.Should().HaveCount(3);
        bundle.JwtAuthorities.Should().HaveCount(3);
        bundle.SequenceNumber.Should().Be(11);
        bundle.ToDocument().Should().Be(text.TrimEnd('\n'));
    }

    [Fact]
    public void Jwks_IsTheSameTextAfterReadingAndWriting()
    {
        var text = Recording.Text("jwks-workload-api.json");

        var bundle = BundleFormats.FromDocument(Recording.TrustDomain, Encoding.UTF8.GetBytes(text));

        bundle.X509Authorities.Should().BeEmpty();
        bundle.ToJwks().Should().Be(text.TrimEnd('\n'));
    }

    [Fact]
    public void Pem_IsTheSameTextAfterReadingAndWriting()
    {
        var text = Recording.Text("bundle.pem");

        BundleFormats.FromPem(Recording.TrustDomain, text).ToPem().Should().Be(text);
    }

    [Fact]
    public void Der_IsTheSameAfterReadingAndWriting()
    {
        var der = Recorded.ToDer();

        BundleFormats.FromDer(Recorded.TrustDomain, der).ToDer().Should().Equal(der);
    }

    [Fact]
    public void EveryForm_HasTheSameAuthorities()
    {
        var fromPem = Recording.Bundle().ToDer();
        var fromDocument = BundleFormats.FromDocument(Recording.TrustDomain, Encoding.UTF8.GetBytes(Recording.Text("bundle-spiffe.json"))).ToDer();

        fromPem.Should().Equal(fromDocument);
    }

    [Theory]
    [InlineData("rsa")]
    [InlineData("P-384")]
    [InlineData("P-521")]
    public void Jwks_WithOtherKinds_IsReadBack(string kind)
    {
        using AsymmetricAlgorithm key = kind switch
        {
            "rsa" => RSA.Create(2048),
            "P-384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            _ => ECDsa.Create(ECCurve.NamedCurves.nistP521),
        };
        var bundle = new TrustBundle
        {
            TrustDomain = Recording.TrustDomain,
            JwtAuthorities = [new JwtAuthority("kid", key.ExportSubjectPublicKeyInfo())],
        };

        var read = BundleFormats.FromDocument(Recording.TrustDomain, Encoding.UTF8.GetBytes(bundle.ToJwks()));

        read.JwtAuthorities.Single().PublicKey.ToArray().Should().Equal(key.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public void RefreshHint_IsPartOfTheDocument()
    {
        var bundle = Recorded with { RefreshHint = TimeSpan.FromMinutes(5) };

        BundleFormats.FromDocument(bundle.TrustDomain, Encoding.UTF8.GetBytes(bundle.ToDocument())).RefreshHint.Should().Be(TimeSpan.FromMinutes(5));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"keys\":5}")]
    [InlineData("{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\"}]}")]
    [InlineData("{\"keys\":[{\"kty\":\"EC\",\"kid\":\"a\",\"crv\":\"P-224\",\"x\":\"AA\",\"y\":\"AA\"}]}")]
    [InlineData("{\"keys\":[{\"kty\":\"EC\",\"kid\":\"a\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}")]
    [InlineData("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}")]
    [InlineData("{\"keys\":[{\"use\":\"x509-svid\",\"kty\":\"EC\",\"x5c\":[]}]}")]
    [InlineData("{\"keys\":[{\"use\":\"x509-svid\",\"kty\":\"EC\",\"x5c\":[\"AAAA\"]}]}")]
    public void Document_OfAnotherForm_IsRefused(string text)
    {
        var read = () => BundleFormats.FromDocument(Recording.TrustDomain, Encoding.UTF8.GetBytes(text));

        read.Should().Throw<FormatException>();
    }

    [Fact]
    public void Document_WithKeysForOtherUses_LeavesThemOut()
    {
        var read = BundleFormats.FromDocument(Recording.TrustDomain, "{\"keys\":[{\"use\":\"wit-svid\",\"kty\":\"secret\"}]}"u8.ToArray());

        read.X509Authorities.Should().BeEmpty();
        read.JwtAuthorities.Should().BeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("no certificates")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void Pem_WithoutCertificates_IsRefused(string text)
    {
        var read = () => BundleFormats.FromPem(Recording.TrustDomain, text);

        read.Should().Throw<CryptographicException>();
    }
}
