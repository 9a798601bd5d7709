using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Spire.Wire.Certificates;

namespace Spire.Wire.Tests.Certificates;

public sealed class DecodedCertificateTests
{
    public static TheoryData<string> Names => [
        "ca-a", "ca-b", "ca-c", "server-a-svid", "server-b-svid", "server-c-svid", "agent-join-token", "agent-x509pop",
        "workload-one", "workload-two-dns", "workload-foreign-uri-in-request",
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void RecordedCertificate_IsReadAsThePlatformReadsIt(string name)
    {
        var der = Recording.Certificate(name);
        using var platform = X509CertificateLoader.LoadCertificate(der.Span);

        var decoded = DecodedCertificate.Decode(der);

        decoded.SerialNumber.Should().Be(platform.SerialNumber.TrimStart('0').ToLowerInvariant());
        decoded.NotBefore.UtcDateTime.Should().Be(platform.NotBefore.ToUniversalTime());
        decoded.NotAfter.UtcDateTime.Should().Be(platform.NotAfter.ToUniversalTime());
        decoded.Issuer.ToArray().Should().Equal(platform.IssuerName.RawData);
        decoded.Subject.ToArray().Should().Equal(platform.SubjectName.RawData);
        decoded.PublicKey.ToArray().Should().Equal(platform.PublicKey.ExportSubjectPublicKeyInfo());
        decoded.KeyUsage.Should().Be(platform.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        decoded.IsAuthority.Should().Be(platform.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        decoded.SubjectKeyId.Should().Be(platform.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifier!.ToLowerInvariant());
        decoded.UnknownCriticalExtension.Should().BeNull();
    }

    [Fact]
    public void RecordedCertificate_HasTheNamesThatSpireGave()
    {
        var decoded = DecodedCertificate.Decode(Recording.Certificate("workload-two-dns"));

        decoded.Uris.Should().Equal("spiffe://bench.test/wl/two");
        decoded.DnsNames.Should().Equal("two.bench.test", "alt.bench.test");
        decoded.AuthorityKeyId.Should().Be("2463826f5467e06b7e631c90aca449aaf3662283");
    }

    [Fact]
    public void EveryTruncation_IsRefusedAndNoneThrowsAnythingElse()
    {
        var der = Recording.Certificate("workload-one");

        for (var length = 0; length < der.Length; length++)
        {
            DecodedCertificate.TryDecode(der[..length], out _, out var problem).Should().BeFalse();
            problem.Should().NotBeNullOrEmpty();
        }
    }

    [Fact]
    public void EveryChangedByte_IsReadOrRefusedButNeverThrows()
    {
        var der = Recording.Certificate("workload-two-dns").ToArray();

        for (var i = 0; i < der.Length; i++)
        {
            var changed = der.ToArray();
            changed[i] ^= 0x15;

            var decode = () => DecodedCertificate.TryDecode(changed, out _, out _);

            decode.Should().NotThrow();
        }
    }

    [Fact]
    public void SomethingAfterTheCertificate_IsRefused()
    {
        DecodedCertificate.TryDecode(Recording.Certificate("ca-a").ToArray().Append((byte)0).ToArray(), out _, out _).Should().BeFalse();
    }

    [Fact]
    public void ConcatenatedCertificates_AreCutApart()
    {
        var bundle = Recording.Bundle();

        var parts = DecodedCertificate.Split(bundle.ToDer());

        parts.Select(part => Convert.ToHexString(part.Span)).Should().Equal(bundle.X509Authorities.Select(authority => Convert.ToHexString(authority.Certificate.Span)));
        DecodedCertificate.Split(ReadOnlyMemory<byte>.Empty).Should().BeEmpty();
        var cut = () => DecodedCertificate.Split(bundle.ToDer().AsMemory(..^1));
        cut.Should().Throw<CryptographicException>();
    }
}
