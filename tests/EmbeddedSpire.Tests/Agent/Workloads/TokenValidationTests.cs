using EmbeddedSpire.Agent.Workloads;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Tests.Agent.Workloads;

public sealed class TokenValidationTests
{
    private static readonly TrustDomain Own = TrustDomain.Parse("bench.test");

    private readonly DateTimeOffset _now = new ManualClock().GetUtcNow();
    private readonly JwtSigner _signer = new("key-1", Keys.Create());

    [Fact]
    public void Token_Good_IsAccepted()
    {
        Problem(Token()).Should().BeNull();
    }

    [Theory]
    [InlineData(59, null)]
    [InlineData(61, "token has expired")]
    public void Token_PastItsEnd_HasAMinute(int seconds, string? expected)
    {
        Problem(Token(life: TimeSpan.Zero), _now.AddSeconds(seconds)).Should().Be(expected);
    }

    [Fact]
    public void Token_ForSomebodyElse_NamesBoth()
    {
        Problem(Token(), audience: "aud-z").Should().Be("expected audience in [\"aud-z\"] (audience=[\"aud-a\" \"aud-b\"])");
    }

    [Fact]
    public void Token_OfAnUnknownTrustDomain_IsRefused()
    {
        Problem(Token("spiffe://other.test/wl")).Should().Be("no keys found for trust domain \"other.test\"");
    }

    [Fact]
    public void Token_OfAnUnknownKey_IsRefused()
    {
        var other = new JwtSigner("key-2", Keys.Create());

        Problem(other.Sign(SpiffeId.Of(Own, "/wl"), ["aud-a"], _now, _now.AddMinutes(5))).Should().Be("public key \"key-2\" not found in trust domain \"bench.test\"");
    }

    [Fact]
    public void Token_SignedByAnotherKeyOfThatName_IsRefused()
    {
        var other = new JwtSigner("key-1", Keys.Create());

        Problem(other.Sign(SpiffeId.Of(Own, "/wl"), ["aud-a"], _now, _now.AddMinutes(5))).Should().Be("go-jose/go-jose: error in cryptographic primitive");
    }

    [Fact]
    public void Token_IssuedInTheFuture_IsRefused()
    {
        Problem(Token(), _now.AddMinutes(-2)).Should().Be("go-jose/go-jose/jwt: validation field, token issued in the future (iat)");
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("a.b")]
    [InlineData("a.b.c.d")]
    public void Token_NotOfThreeParts_IsRefused(string token)
    {
        Problem(token).Should().Be("unable to parse JWT token: go-jose/go-jose: compact JWS format must have three parts");
    }

    [Fact]
    public void Claims_OfAnotherTrustDomain_AreToldSparingly()
    {
        var token = _signer.Sign(SpiffeId.Parse("spiffe://other.test/wl"), ["aud-a"], _now, _now.AddMinutes(5), issuer: "https://issuer.test");
        JwtSvid.TryParse(token, out var svid, out _).Should().BeTrue();

        Claims.Of(svid!, Own, new HashSet<string>()).Fields.Keys.Should().BeEquivalentTo("sub", "exp", "aud");
        Claims.Of(svid!, Own, new HashSet<string> { "iss" }).Fields.Keys.Should().BeEquivalentTo("sub", "exp", "aud", "iss");
        Claims.Of(svid!, svid!.Id.TrustDomain, new HashSet<string>()).Fields.Keys.Should().BeEquivalentTo("sub", "exp", "aud", "iss", "iat");
    }

    private string Token(string id = "spiffe://bench.test/wl", TimeSpan? life = null) =>
        _signer.Sign(SpiffeId.Parse(id), ["aud-a", "aud-b"], _now, _now + (life ?? TimeSpan.FromMinutes(5)));

    private string? Problem(string token, DateTimeOffset? at = null, string audience = "aud-a")
    {
        var bundle = new TrustBundle { TrustDomain = Own, JwtAuthorities = [new JwtAuthority(_signer.KeyId, _signer.PublicKey)] };
        return TokenValidation.Problem(token, audience, [bundle], at ?? _now, out _);
    }
}
