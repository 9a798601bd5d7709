using Google.Protobuf;
using Spire.Wire.Contracts.Types;

namespace Spire.Wire.Certificates;

/// <summary>The authorities of a trust domain.</summary>
public sealed record TrustBundle
{
    /// <summary>Gets the trust domain.</summary>
    public required TrustDomain TrustDomain { get; init; }

    /// <summary>Gets the authorities that issue X509-SVIDs, in the order in which they were added.</summary>
    public IReadOnlyList<X509Authority> X509Authorities { get; init; } = [];

    /// <summary>Gets the keys that sign JWT-SVIDs, in the order in which they were added.</summary>
    public IReadOnlyList<JwtAuthority> JwtAuthorities { get; init; } = [];

    /// <summary>Gets how often to look for a newer bundle; zero when there is no hint. Whole seconds.</summary>
    public TimeSpan RefreshHint { get; init; }

    /// <summary>Gets the number that grows with every change.</summary>
    public ulong SequenceNumber { get; init; }

    /// <summary>Reads a bundle of the server's API.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <exception cref="FormatException">Its trust domain is not one.</exception>
    public static TrustBundle FromApi(Bundle bundle) => new()
    {
        TrustDomain = TrustDomain.Parse(bundle.TrustDomain),
        X509Authorities = [.. bundle.X509Authorities.Select(authority => new X509Authority(authority.Asn1.Memory, authority.Tainted))],
        JwtAuthorities = [.. bundle.JwtAuthorities.Select(key => new JwtAuthority(
            key.KeyId,
            key.PublicKey.Memory,
            key.ExpiresAt == 0 ? null : DateTimeOffset.FromUnixTimeSeconds(key.ExpiresAt),
            key.Tainted))],
        RefreshHint = TimeSpan.FromSeconds(bundle.RefreshHint),
        SequenceNumber = bundle.SequenceNumber,
    };

    /// <summary>Returns the bundle as the server's API has it.</summary>
    public Bundle ToApi() => new()
    {
        TrustDomain = TrustDomain.Name,
        X509Authorities =
        {
            X509Authorities.Select(authority => new X509Certificate
            {
                Asn1 = ByteString.CopyFrom(authority.Certificate.Span),
                Tainted = authority.Tainted,
            }),
        },
        JwtAuthorities =
        {
            JwtAuthorities.Select(key => new JWTKey
            {
                PublicKey = ByteString.CopyFrom(key.PublicKey.Span),
                KeyId = key.KeyId,
                ExpiresAt = key.ExpiresAt?.ToUnixTimeSeconds() ?? 0,
                Tainted = key.Tainted,
            }),
        },
        RefreshHint = (long)RefreshHint.TotalSeconds,
        SequenceNumber = SequenceNumber,
    };
}

/// <summary>An authority that issues X509-SVIDs.</summary>
/// <param name="Certificate">Its certificate in DER.</param>
/// <param name="Tainted">True when nobody should rely on it any more, because it is about to be revoked.</param>
public sealed record X509Authority(ReadOnlyMemory<byte> Certificate, bool Tainted = false);

/// <summary>A key that signs JWT-SVIDs.</summary>
/// <param name="KeyId">What tokens call it.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo in DER.</param>
/// <param name="ExpiresAt">When it ends; null when it does not. Whole seconds.</param>
/// <param name="Tainted">True when nobody should rely on it any more, because it is about to be revoked.</param>
public sealed record JwtAuthority(string KeyId, ReadOnlyMemory<byte> PublicKey, DateTimeOffset? ExpiresAt = null, bool Tainted = false);
