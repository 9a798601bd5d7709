using System.Security.Cryptography;
using System.Text;
using Spire.Wire.Certificates;

namespace Spire.Wire.Tests.Certificates;

public sealed class JwtSvidTests
{
    private static readonly SpiffeId Id = SpiffeId.Parse("spiffe://bench.test/wl/one");
    private static readonly DateTimeOffset Then = DateTimeOffset.FromUnixTimeSeconds(1795179095);
    private static readonly JwtSvidVerifier Recorded = new(
        BundleFormats.FromDocument(Recording.TrustDomain, Encoding.UTF8.GetBytes(Recording.Text("bundle-spiffe.json"))));

    private static string RecordedToken => Recording.Text("jwt-svid.txt").Trim();

    [Fact]
    public void RecordedToken_IsReadAndVerified()
    {
        var verification = Recorded.Verify(RecordedToken, "aud-b", Then);

        verification.Problem.Should().BeNull();
        verification.Svid!.Id.Should().Be(Id);
        verification.Svid.Should().BeEquivalentTo(new
        {
            Audience = new[] { "aud-a", "aud-b" },
            IssuedAt = Then,
            ExpiresAt = Then.AddMinutes(5),
            KeyId = "SD2LjmWr0OOD2hitmWchhMEFFNJtizCy",
            Algorithm = "ES256",
        });
    }

    [Fact]
    public void RecordedTokenWithAnId_IsVerified()
    {
        Recorded.Verify(Recording.Text("jwt-svid-jti.txt").Trim(), "aud-a", Then).Problem.Should().BeNull();
    }

    [Fact]
    public void RecordedToken_WithAnyCharacterChanged_IsRefused()
    {
        var token = RecordedToken;

        for (var i = 0; i < token.Length; i++)
        {
            // The last character holds bits that nobody reads.
            var changed = token[..i] + (token[i] == 'A' ? 'Q' : 'A') + token[(i + 1)..];

            Recorded.Verify(changed, "aud-b", Then).IsValid.Should().BeFalse("character {0} was changed", i);
        }
    }

    [Fact]
    public void Token_IsValidFromIssueUntilItsEnd()
    {
        Recorded.Verify(RecordedToken, "aud-a", Then.AddSeconds(-1)).Problem.Should().Contain("future");
        Recorded.Verify(RecordedToken, "aud-a", Then.AddMinutes(5).AddSeconds(-1)).Problem.Should().BeNull();
        Recorded.Verify(RecordedToken, "aud-a", Then.AddMinutes(5)).Problem.Should().Contain("expired");
    }

    [Fact]
    public void Token_ForOthers_IsRefusedInSpiresWords()
    {
        Recorded.Verify(RecordedToken, "aud-z", Then).Problem.Should().Be("expected audience in [\"aud-z\"] (audience=[\"aud-a\" \"aud-b\"])");
    }

    [Fact]
    public void Token_OfAnUnknownKeyOrTrustDomain_IsRefused()
    {
        var elsewhere = new TrustBundle { TrustDomain = TrustDomain.Parse("other.test") };
        var empty = new TrustBundle { TrustDomain = Recording.TrustDomain };

        new JwtSvidVerifier(elsewhere).Verify(RecordedToken, "aud-a", Then).Problem.Should().Contain("no bundle found");
        new JwtSvidVerifier(empty).Verify(RecordedToken, "aud-a", Then).Problem.Should().Contain("no JWT authority");
    }

    [Theory]
    [InlineData("ES256")]
    [InlineData("ES384")]
    [InlineData("RS256")]
    public void OwnToken_OfEveryAlgorithm_IsVerified(string algorithm)
    {
        using AsymmetricAlgorithm key = algorithm switch
        {
            "ES256" => Keys.Create(),
            "ES384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            _ => RSA.Create(2048),
        };
        var signer = new JwtSigner("key-1", key);

        var token = signer.Sign(Id, ["a"], Then, Then.AddMinutes(5));
        var verification = VerifierFor(signer).Verify(token, "a", Then);

        verification.Problem.Should().BeNull();
        verification.Svid!.Algorithm.Should().Be(algorithm);
    }

    [Fact]
    public void OwnToken_HasTheHeaderAndClaimsOfTheRecordedOne()
    {
        using var key = Keys.Create();
        var signer = new JwtSigner("SD2LjmWr0OOD2hitmWchhMEFFNJtizCy", key);

        var token = signer.Sign(Id, ["aud-a", "aud-b"], Then, Then.AddMinutes(5));

        token[..token.LastIndexOf('.')].Should().Be(RecordedToken[..RecordedToken.LastIndexOf('.')]);
    }

    [Fact]
    public void OwnToken_WithIssuerAndId_HasTheirClaims()
    {
        using var key = Keys.Create();
        var token = new JwtSigner("k", key).Sign(Id, ["a"], Then, Then.AddMinutes(5), "https://issuer", Guid.Parse("cf74f2ce-2c36-48d0-9550-3816 73ec3c47".Replace(" ", "", StringComparison.Ordinal)));

        JwtSvid.TryParse(token, out var svid, out _).Should().BeTrue();
        svid!.Claims.Should().Be("{\"aud\":[\"a\"],\"exp\":1795179395,\"iat\":1795179095,\"iss\":\"https://issuer\",\"jti\":\"z3Tyziw2SNCVUDgWc-w8Rw\",\"sub\":\"spiffe://bench.test/wl/one\"}");
    }

    [Fact]
    public void Token_WithAnAlgorithmThatDoesNotBelongToItsKey_IsRefused()
    {
        using var key = Keys.Create();
        var signer = new JwtSigner("k", key);
        var parts = signer.Sign(Id, ["a"], Then, Then.AddMinutes(5)).Split('.');
        foreach (var algorithm in new[] { "none", "HS256", "RS256", "ES384", "" })
        {
            var header = System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{{\"alg\":\"{algorithm}\",\"kid\":\"k\",\"typ\":\"JWT\"}}"));
            var signed = $"{header}.{parts[1]}";
            var token = $"{signed}.{System.Buffers.Text.Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";

            VerifierFor(signer).Verify(token, "a", Then).IsValid.Should().BeFalse("the algorithm is '{0}'", algorithm);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a.b.c.d")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.AA")]
    public void Token_OfAnotherForm_IsRefused(string token)
    {
        JwtSvid.TryParse(token, out _, out var problem).Should().BeFalse();

        problem.Should().StartWith("unable to parse JWT token");
    }

    [Fact]
    public void KeyIds_AreDrawnAsSpireDrawsThem()
    {
        JwtSigner.DrawKeyId().Should().MatchRegex("^[A-Za-z0-9]{32}$").And.NotBe(JwtSigner.DrawKeyId());
    }

    private static JwtSvidVerifier VerifierFor(JwtSigner signer) => new(new TrustBundle
    {
        TrustDomain = Id.TrustDomain,
        JwtAuthorities = [new JwtAuthority(signer.KeyId, signer.PublicKey)],
    });
}
