using System.Security.Cryptography;
using Spire.Wire.Certificates;

namespace Spire.Wire.Tests;

/// <summary>A trust domain with one authority, made for one test.</summary>
internal sealed class TestTrust
{
    public TestTrust(string trustDomain = "example.org", DateTimeOffset? now = null, AsymmetricAlgorithm? key = null)
    {
        Now = now ?? TimeProvider.System.GetUtcNow();
        TrustDomain = TrustDomain.Parse(trustDomain);
        AuthorityKey = Keys.Create();
        Authority = CertificateAuthority.CreateSelfSigned(TrustDomain, key ?? AuthorityKey, Now, TimeSpan.FromHours(24));
        Bundle = new TrustBundle { TrustDomain = TrustDomain, X509Authorities = [new X509Authority(Authority.Certificate.Der)] };
        Verifier = new SvidVerifier(Bundle);
    }

    public DateTimeOffset Now { get; }

    public TrustDomain TrustDomain { get; }

    public CertificateAuthority Authority { get; }

    /// <summary>Gets the authority's key, unless the test gave another one.</summary>
    public ECDsa AuthorityKey { get; }

    public TrustBundle Bundle { get; }

    public SvidVerifier Verifier { get; }

    public X509Svid Issue(string path, TimeSpan? life = null, DateTimeOffset? at = null) =>
        Issue(Authority, path, life ?? TimeSpan.FromHours(1), at ?? Now);

    /// <summary>Issues an SVID below an authority that is not in the bundle but was issued by the one that is.</summary>
    public X509Svid IssueBelowAnIntermediate(string path)
    {
        using var key = Keys.Create();
        var chain = Authority.IssueAuthority(key.ExportSubjectPublicKeyInfo(), TrustDomain, Now, TimeSpan.FromHours(2));
        return Issue(new CertificateAuthority(chain[0], [.. chain.Skip(1)], key), path, TimeSpan.FromHours(1), Now);
    }

    private X509Svid Issue(CertificateAuthority authority, string path, TimeSpan life, DateTimeOffset at)
    {
        using var key = Keys.Create();
        return new X509Svid(authority.IssueSvid(key.ExportSubjectPublicKeyInfo(), SpiffeId.Of(TrustDomain, path), [], at, life), key);
    }
}
