using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Caching;

/// <summary>Compares bundles.</summary>
internal static class Bundles
{
    /// <summary>Tells whether two bundles say the same of the same trust domain.</summary>
    /// <remarks>Taints do not count: SPIRE tells its workloads nothing of them, and so would tell them nothing new.</remarks>
    public static bool SaysTheSameAs(this TrustBundle one, TrustBundle other) =>
        one.TrustDomain == other.TrustDomain
        && one.SequenceNumber == other.SequenceNumber
        && one.RefreshHint == other.RefreshHint
        && one.X509Authorities.Count == other.X509Authorities.Count
        && one.X509Authorities.Zip(other.X509Authorities).All(pair => pair.First.Certificate.Span.SequenceEqual(pair.Second.Certificate.Span))
        && one.JwtAuthorities.Count == other.JwtAuthorities.Count
        && one.JwtAuthorities.Zip(other.JwtAuthorities).All(pair =>
            pair.First.KeyId == pair.Second.KeyId && pair.First.PublicKey.Span.SequenceEqual(pair.Second.PublicKey.Span));
}
