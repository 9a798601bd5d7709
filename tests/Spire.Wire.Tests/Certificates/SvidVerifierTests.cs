using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Spire.Wire.Certificates;

namespace Spire.Wire.Tests.Certificates;

public sealed class SvidVerifierTests
{
    private static readonly SvidVerifier Recorded = new(Recording.Bundle());

    private readonly TestTrust _trust = new(now: Recording.Then);

    [Theory]
    [InlineData("server-a-svid", "spiffe://bench.test/spire/server", "ca-a")]
    [InlineData("server-b-svid", "spiffe://bench.test/spire/server", "ca-b")]
    [InlineData("server-c-svid", "spiffe://bench.test/spire/server", "ca-c")]
    [InlineData("agent-join-token", "spiffe://bench.test/spire/agent/join_token/3edcac20-de76-44a4-a832-8438d03eb795", "ca-a")]
    [InlineData("agent-x509pop", "spiffe://bench.test/spire/agent/x509pop/d01c4200e6f915aed2c668afae71c8d6dab3a06d", "ca-a")]
    [InlineData("workload-one", "spiffe://bench.test/wl/one", "ca-a")]
    [InlineData("workload-two-dns", "spiffe://bench.test/wl/two", "ca-a")]
    public void RecordedSvid_InItsLifetime_IsValid(string name, string id, string authority)
    {
        var leaf = DecodedCertificate.Decode(Recording.Certificate(name));

        var verification = Recorded.Verify([leaf.Der], leaf.NotBefore);

        verification.Should().BeEquivalentTo(new { IsValid = true, Detail = string.Empty });
        verification.Id!.ToString().Should().Be(id);
        verification.Authority!.Der.ToArray().Should().Equal(Recording.Certificate(authority).ToArray());
    }

    [Fact]
    public void RecordedSvid_OutsideOfItsLifetime_IsNot()
    {
        var leaf = DecodedCertificate.Decode(Recording.Certificate("workload-one"));

        Recorded.Verify([leaf.Der], leaf.NotBefore.AddSeconds(-1)).Problem.Should().Be(SvidProblem.NotYetValid);
        Recorded.Verify([leaf.Der], leaf.NotAfter).Problem.Should().Be(SvidProblem.None);
        Recorded.Verify([leaf.Der], leaf.NotAfter.AddSeconds(1)).Problem.Should().Be(SvidProblem.Expired);
    }

    [Fact]
    public void RecordedSvid_WithAnyByteChanged_IsNotValid()
    {
        var der = Recording.Certificate("workload-one").ToArray();

        for (var i = 0; i < der.Length; i++)
        {
            var changed = der.ToArray();
            changed[i] ^= 0x01;

            Recorded.Verify([changed], Recording.Then).IsValid.Should().BeFalse("byte {0} was changed", i);
        }
    }

    [Fact]
    public void TamperedSignature_IsNamedAsSuch()
    {
        var der = Recording.Certificate("workload-one").ToArray();
        der[^1] ^= 0x01;

        Recorded.Verify([der], Recording.Then).Problem.Should().Be(SvidProblem.WrongSignature);
    }

    [Fact]
    public void Authority_ThatIsNotInTheBundle_IsUnknown()
    {
        var others = Recording.Bundle() with { X509Authorities = [.. Recording.Bundle().X509Authorities.Skip(1)] };

        new SvidVerifier(others).Verify([Recording.Certificate("workload-one")], Recording.Then).Problem.Should().Be(SvidProblem.UnknownAuthority);
    }

    [Fact]
    public void Bundle_OfAnotherTrustDomain_DoesNotCount()
    {
        var elsewhere = Recording.Bundle() with { TrustDomain = TrustDomain.Parse("other.test") };

        new SvidVerifier(elsewhere).Verify([Recording.Certificate("workload-one")], Recording.Then).Problem.Should().Be(SvidProblem.UnknownAuthority);
    }

    [Fact]
    public void SeveralBundles_CountEachForItsOwnTrustDomain()
    {
        var verifier = new SvidVerifier(Recording.Bundle(), _trust.Bundle);

        verifier.Verify([Recording.Certificate("workload-one")], Recording.Then).IsValid.Should().BeTrue();
        verifier.Verify(_trust.Issue("/a").Chain, Recording.Then).IsValid.Should().BeTrue();
        verifier.Verify(new TestTrust("bench.test", Recording.Then).Issue("/a").Chain, Recording.Then).Problem.Should().Be(SvidProblem.UnknownAuthority);
    }

    [Fact]
    public void Authority_ShownAsALeaf_IsRefused()
    {
        Recorded.Verify([Recording.Certificate("ca-a")], Recording.Then).Problem.Should().Be(SvidProblem.WrongSpiffeId, "its id has no path");
    }

    [Fact]
    public void Authority_WithAWorkloadsId_IsRefusedAsALeaf()
    {
        var chain = Sign(new X509BasicConstraintsExtension(true, false, 0, true), KeyUsage(X509KeyUsageFlags.DigitalSignature), San("spiffe://example.org/a"));

        _trust.Verifier.Verify(chain, Recording.Then).Should().BeEquivalentTo(new { Problem = SvidProblem.WrongUsage, Detail = "it is an authority" });
    }

    [Theory]
    [InlineData()]
    [InlineData("spiffe://example.org/a", "spiffe://example.org/b")]
    [InlineData("https://example.org/a")]
    [InlineData("spiffe://example.org/a", "https://example.org/a")]
    [InlineData("spiffe://example.org")]
    [InlineData("spiffe://example.org/a/../b")]
    public void Leaf_WithoutExactlyOneSpiffeIdWithAPath_IsRefused(params string[] uris)
    {
        var chain = Sign(NoAuthority(), KeyUsage(X509KeyUsageFlags.DigitalSignature), San(uris));

        _trust.Verifier.Verify(chain, Recording.Then).Problem.Should().Be(SvidProblem.WrongSpiffeId);
    }

    [Theory]
    [InlineData(X509KeyUsageFlags.DigitalSignature, true, SvidProblem.None)]
    [InlineData(X509KeyUsageFlags.DigitalSignature, false, SvidProblem.WrongUsage)]
    [InlineData(X509KeyUsageFlags.KeyEncipherment, true, SvidProblem.WrongUsage)]
    [InlineData(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign, true, SvidProblem.WrongUsage)]
    [InlineData(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.CrlSign, true, SvidProblem.WrongUsage)]
    public void Leaf_NeedsTheKeyUsageOfALeaf(X509KeyUsageFlags usage, bool isCritical, SvidProblem expected)
    {
        var chain = Sign(NoAuthority(), KeyUsage(usage, isCritical), San("spiffe://example.org/a"));

        _trust.Verifier.Verify(chain, Recording.Then).Problem.Should().Be(expected);
    }

    [Fact]
    public void Leaf_WithoutKeyUsage_IsRefused()
    {
        _trust.Verifier.Verify(Sign(NoAuthority(), San("spiffe://example.org/a")), Recording.Then).Problem.Should().Be(SvidProblem.WrongUsage);
    }

    [Fact]
    public void Leaf_WithACriticalExtensionThatWeDoNotKnow_IsRefused()
    {
        var unknown = new X509Extension("1.2.3.4", [5, 0], critical: true);
        var chain = Sign(NoAuthority(), KeyUsage(X509KeyUsageFlags.DigitalSignature), San("spiffe://example.org/a"), unknown);

        _trust.Verifier.Verify(chain, Recording.Then).Problem.Should().Be(SvidProblem.Malformed);
    }

    [Fact]
    public void Chain_WithIntermediates_NeedsThem()
    {
        var svid = _trust.IssueBelowAnIntermediate("/a");

        _trust.Verifier.Verify(svid.Chain, Recording.Then).IsValid.Should().BeTrue();
        _trust.Verifier.Verify([svid.Chain[0]], Recording.Then).Problem.Should().Be(SvidProblem.UnknownAuthority);
    }

    [Fact]
    public void Chain_InWhichALeafIssues_IsRefused()
    {
        using var key = Keys.Create();
        var issuer = Sign(key, NoAuthority(), KeyUsage(X509KeyUsageFlags.DigitalSignature), San("spiffe://example.org/a"));
        var leaf = SignWith(DecodedCertificate.Decode(issuer[0]), key, NoAuthority(), KeyUsage(X509KeyUsageFlags.DigitalSignature), San("spiffe://example.org/b"));

        _trust.Verifier.Verify([leaf, issuer[0]], Recording.Then).Problem.Should().Be(SvidProblem.WrongIssuer);
    }

    [Fact]
    public void Chain_LongerThanAnAuthorityAllows_IsRefused()
    {
        using var key = Keys.Create();
        using var belowKey = Keys.Create();
        var limited = Sign(key, new X509BasicConstraintsExtension(true, true, 0, true), KeyUsage(X509KeyUsageFlags.KeyCertSign), San("spiffe://example.org"));
        var below = SignWith(DecodedCertificate.Decode(limited[0]), key, belowKey, new X509BasicConstraintsExtension(true, false, 0, true), KeyUsage(X509KeyUsageFlags.KeyCertSign));
        var leaf = SignWith(DecodedCertificate.Decode(below), belowKey, NoAuthority(), KeyUsage(X509KeyUsageFlags.DigitalSignature), San("spiffe://example.org/a"));
        var allowed = SignWith(DecodedCertificate.Decode(limited[0]), key, NoAuthority(), KeyUsage(X509KeyUsageFlags.DigitalSignature), San("spiffe://example.org/a"));

        _trust.Verifier.Verify([allowed, limited[0]], Recording.Then).IsValid.Should().BeTrue();
        _trust.Verifier.Verify([leaf, below, limited[0]], Recording.Then).Problem.Should().Be(SvidProblem.WrongIssuer);
    }

    [Fact]
    public void Chain_WhoseAuthorityHasExpired_IsRefused()
    {
        var svid = _trust.Issue("/a", TimeSpan.FromHours(48));

        svid.Leaf.NotAfter.Should().Be(_trust.Authority.Certificate.NotAfter, "no SVID outlives its authority");
        _trust.Verifier.Verify(svid.Chain, svid.Leaf.NotAfter.AddSeconds(1)).Problem.Should().Be(SvidProblem.Expired);
    }

    [Fact]
    public void Chain_OfSomethingElse_IsMalformed()
    {
        _trust.Verifier.Verify([], Recording.Then).Problem.Should().Be(SvidProblem.Malformed);
        _trust.Verifier.Verify([new byte[] { 1, 2, 3 }], Recording.Then).Problem.Should().Be(SvidProblem.Malformed);
    }

    [Fact]
    public void CertificatesThatIssuedEachOther_DoNotKeepTheVerifierBusy()
    {
        var circle = new List<ReadOnlyMemory<byte>>();
        using var key = Keys.Create();
        using var otherKey = Keys.Create();
        var (a, b) = (new X500DistinguishedName("CN=a"), new X500DistinguishedName("CN=b"));
        circle.Add(Sign(a, key, b, otherKey, NoAuthority(), KeyUsage(X509KeyUsageFlags.DigitalSignature), San("spiffe://example.org/a")));
        for (var i = 0; i < 6; i++)
        {
            circle.Add(Sign(b, otherKey, a, key, new X509BasicConstraintsExtension(true, false, 0, true), KeyUsage(X509KeyUsageFlags.KeyCertSign)));
            circle.Add(Sign(a, key, b, otherKey, new X509BasicConstraintsExtension(true, false, 0, true), KeyUsage(X509KeyUsageFlags.KeyCertSign)));
        }

        _trust.Verifier.Verify(circle, Recording.Then).IsValid.Should().BeFalse();
    }

    [Theory]
    [InlineData(2048)]
    public void RsaAuthority_IsVerifiedToo(int bits)
    {
        using var key = RSA.Create(bits);
        var trust = new TestTrust(now: Recording.Then, key: key);
        var svid = trust.Issue("/a");
        var changed = svid.Chain[0].ToArray();
        changed[^1] ^= 1;

        trust.Verifier.Verify(svid.Chain, Recording.Then).IsValid.Should().BeTrue();
        trust.Verifier.Verify([changed], Recording.Then).Problem.Should().Be(SvidProblem.WrongSignature);
    }

    [Fact]
    public void Verifier_IsForManyThreads()
    {
        var svids = Enumerable.Range(0, 8).Select(number => _trust.Issue($"/{number}")).ToList();

        var results = Enumerable.Range(0, 400).AsParallel().WithDegreeOfParallelism(8).Select(number => _trust.Verifier.Verify(svids[number % 8].Chain, Recording.Then));

        results.Should().OnlyContain(result => result.IsValid);
    }

    private static X509BasicConstraintsExtension NoAuthority() => new(false, false, 0, true);

    private static X509KeyUsageExtension KeyUsage(X509KeyUsageFlags usage, bool isCritical = true) => new(usage, isCritical);

    private static X509Extension San(params string[] uris)
    {
        var builder = new SubjectAlternativeNameBuilder();
        builder.AddDnsName("example.org");
        foreach (var uri in uris)
        {
            builder.AddUri(new Uri(uri, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        }

        return builder.Build();
    }

    /// <summary>Signs what the authority of the test would never sign by itself.</summary>
    private IReadOnlyList<ReadOnlyMemory<byte>> Sign(params X509Extension[] extensions)
    {
        using var key = Keys.Create();
        return Sign(key, extensions);
    }

    private IReadOnlyList<ReadOnlyMemory<byte>> Sign(ECDsa key, params X509Extension[] extensions) =>
        [SignWith(_trust.Authority.Certificate, _trust.AuthorityKey, key, extensions)];

    private static ReadOnlyMemory<byte> SignWith(DecodedCertificate issuer, ECDsa issuerKey, params X509Extension[] extensions)
    {
        using var key = Keys.Create();
        return SignWith(issuer, issuerKey, key, extensions);
    }

    private static ReadOnlyMemory<byte> SignWith(DecodedCertificate issuer, ECDsa issuerKey, ECDsa key, params X509Extension[] extensions) =>
        Sign(new X500DistinguishedName(issuer.Subject.Span), issuerKey, new X500DistinguishedName($"CN={Guid.NewGuid()}"), key, extensions);

    private static ReadOnlyMemory<byte> Sign(
        X500DistinguishedName issuer, ECDsa issuerKey, X500DistinguishedName subject, ECDsa key, params X509Extension[] extensions)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        foreach (var extension in extensions)
        {
            request.CertificateExtensions.Add(extension);
        }

        using var certificate = request.Create(
            issuer, X509SignatureGenerator.CreateForECDsa(issuerKey), Recording.Then.AddMinutes(-1), Recording.Then.AddHours(1), Guid.NewGuid().ToByteArray());
        return certificate.RawData;
    }
}
