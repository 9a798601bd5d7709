using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Spire.Wire.Certificates;

namespace Spire.Wire.Tests.Certificates;

public sealed class CertificateAuthorityTests
{
    private readonly TestTrust _trust = new("bench.test", Recording.Then);

    [Theory]
    [InlineData("server-a-svid")]
    [InlineData("agent-join-token")]
    [InlineData("agent-x509pop")]
    [InlineData("workload-one")]
    [InlineData("workload-two-dns")]
    public void Svid_IssuedWithTheValuesOfARecordedOne_HasTheSameBytesExceptForTheIssuer(string name)
    {
        var recorded = DecodedCertificate.Decode(Recording.Certificate(name));

        var issued = DecodedCertificate.Decode(_trust.Authority.IssueSvid(
            recorded.PublicKey,
            SpiffeId.Parse(recorded.Uris.Single()),
            recorded.DnsNames,
            (recorded.NotBefore, recorded.NotAfter),
            Convert.FromHexString(recorded.SerialNumber.PadLeft(32, '0'))).Single());

        Parts(issued).Should().Equal(Parts(recorded));
    }

    [Fact]
    public void Authority_MadeNow_HasTheProfileOfARecordedOne()
    {
        var recorded = Profile(Recording.Certificate("ca-a"));

        var made = Profile(_trust.Authority.Certificate.Der);

        made.Extensions.Should().Equal(recorded.Extensions);
        made.Subject.Should().Equal(recorded.Subject);
        made.Algorithm.Should().Be(recorded.Algorithm);
    }

    [Fact]
    public void Authority_MadeNow_NamesItselfAfterItsSerialNumber()
    {
        using var certificate = X509CertificateLoader.LoadCertificate(_trust.Authority.Certificate.Der.Span);
        var serial = new System.Numerics.BigInteger(Convert.FromHexString(certificate.SerialNumber), isUnsigned: true, isBigEndian: true);

        certificate.Subject.Should().Be($"SERIALNUMBER={serial}, O=SPIFFE, C=US");
        certificate.Issuer.Should().Be(certificate.Subject);
        _trust.Authority.Certificate.Uris.Should().Equal("spiffe://bench.test");
        _trust.Authority.Certificate.NotBefore.Should().Be(Recording.Then.AddSeconds(-10));
        _trust.Authority.Certificate.NotAfter.Should().Be(Recording.Then.AddHours(24));
    }

    [Fact]
    public void Svid_LivesFromTenSecondsAgo_ButNotLongerThanItsAuthority()
    {
        var ordinary = _trust.Issue("/a", TimeSpan.FromHours(1)).Leaf;
        var ambitious = _trust.Issue("/a", TimeSpan.FromHours(99)).Leaf;

        ordinary.NotBefore.Should().Be(Recording.Then.AddSeconds(-10));
        ordinary.NotAfter.Should().Be(Recording.Then.AddHours(1));
        ambitious.NotAfter.Should().Be(_trust.Authority.Certificate.NotAfter);
    }

    [Fact]
    public void SerialNumbers_DifferAndArePositiveAndFit()
    {
        var serials = Enumerable.Range(0, 200).Select(_ => _trust.Issue("/a").Leaf.SerialNumber).ToList();

        serials.Should().OnlyHaveUniqueItems();
        serials.Should().OnlyContain(serial => serial.Length <= 32 && serial != "0");
    }

    [Fact]
    public void SerialNumber_OfAnyHighestByte_IsReadBackAsItWasGiven()
    {
        using var key = Keys.Create();
        foreach (var first in new byte[] { 0x00, 0x01, 0x7f, 0x80, 0xff })
        {
            byte[] serial = [first, .. RandomNumberGenerator.GetBytes(15)];

            var issued = DecodedCertificate.Decode(_trust.Authority.IssueSvid(
                key.ExportSubjectPublicKeyInfo(), SpiffeId.Parse("spiffe://bench.test/a"), [], (Recording.Then, Recording.Then.AddHours(1)), serial).Single());

            issued.SerialNumber.Should().Be(Convert.ToHexStringLower(serial).TrimStart('0'));
        }
    }

    [Fact]
    public void Intermediate_IsSentWithWhatItIssues()
    {
        using var key = Keys.Create();
        using var leafKey = Keys.Create();
        var chain = _trust.Authority.IssueAuthority(key.ExportSubjectPublicKeyInfo(), _trust.TrustDomain, Recording.Then, TimeSpan.FromHours(1));
        var intermediate = new CertificateAuthority(chain[0], [.. chain.Skip(1)], key);

        var issued = intermediate.IssueSvid(leafKey.ExportSubjectPublicKeyInfo(), SpiffeId.Parse("spiffe://bench.test/a"), [], Recording.Then, TimeSpan.FromHours(9));

        chain.Should().HaveCount(1, "roots are not sent");
        issued.Should().HaveCount(2);
        DecodedCertificate.Decode(issued[0]).NotAfter.Should().Be(intermediate.Certificate.NotAfter);
        intermediate.Certificate.AuthorityKeyId.Should().Be(_trust.Authority.Id);
        _trust.Verifier.Verify(issued, Recording.Then).IsValid.Should().BeTrue();
    }

    [Theory]
    [InlineData("nistP256", "1.2.840.10045.4.3.2")]
    [InlineData("nistP384", "1.2.840.10045.4.3.3")]
    public void Signature_FollowsTheKeyOfTheAuthority(string curve, string algorithm)
    {
        using var key = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));

        var issued = new TestTrust(key: key).Issue("/a").Leaf;

        issued.SignatureAlgorithm.Should().Be(algorithm);
    }

    [Fact]
    public void Authority_WithSomebodyElsesKey_IsRefused()
    {
        using var other = Keys.Create();

        var create = () => new CertificateAuthority(_trust.Authority.Certificate.Der, [], other);

        create.Should().Throw<CryptographicException>();
    }

    [Fact]
    public void Svid_WithSomebodyElsesKey_IsRefused()
    {
        using var other = Keys.Create();

        var create = () => new X509Svid(_trust.Issue("/a").Chain, other);

        create.Should().Throw<CryptographicException>();
    }

    [Fact]
    public void IssuedCertificates_ConvinceThePlatformToo()
    {
        var svid = _trust.IssueBelowAnIntermediate("/a");
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificate(_trust.Authority.Certificate.Der.Span));
        chain.ChainPolicy.ExtraStore.Add(X509CertificateLoader.LoadCertificate(svid.Chain[1].Span));
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = Recording.Then.UtcDateTime;

        chain.Build(svid.Certificate).Should().BeTrue("{0}", string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation)));
    }

    /// <summary>Takes the signed part of a certificate apart; the issuer's name is left out and its key made the same everywhere.</summary>
    private static List<string> Parts(DecodedCertificate certificate)
    {
        var fields = new AsnReader(certificate.ToBeSigned, AsnEncodingRules.DER).ReadSequence();
        var parts = new List<string>();
        while (fields.HasData)
        {
            parts.Add(Convert.ToHexStringLower(fields.ReadEncodedValue().Span).Replace(certificate.AuthorityKeyId!, "(issuer's key)", StringComparison.Ordinal));
        }

        parts.Remove(Convert.ToHexStringLower(certificate.Issuer.Span)).Should().BeTrue();
        return parts;
    }

    private static (List<string> Extensions, List<string> Subject, string Algorithm) Profile(ReadOnlyMemory<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
        return (
            [.. certificate.Extensions.Select(extension =>
                $"{extension.Oid!.Value} {extension.Critical} {(extension is X509SubjectKeyIdentifierExtension ? "key" : Convert.ToHexString(extension.RawData))}")],
            [.. certificate.SubjectName.EnumerateRelativeDistinguishedNames().Select(part => part.GetSingleElementType().Value!)],
            certificate.SignatureAlgorithm.Value!);
    }
}
