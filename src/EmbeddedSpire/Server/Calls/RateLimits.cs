using EmbeddedSpire.Metrics;

namespace EmbeddedSpire.Server.Calls;

/// <summary>SPIRE's limits. The numbers are fixed; two of them can be switched off.</summary>
internal sealed class RateLimits
{
    private const int Attestations = 1;
    private const int Signatures = 500;
    private const int PublishedKeys = 500;
    private const int StatusPosts = 10;

    /// <summary>Creates the limiters of a server.</summary>
    /// <param name="limitAttestation">Whether attestation is limited.</param>
    /// <param name="limitSigning">Whether signing is limited.</param>
    /// <param name="metrics">Where waiting is counted.</param>
    /// <param name="time">The clock.</param>
    public RateLimits(bool limitAttestation, bool limitSigning, MetricRegistry metrics, TimeProvider time)
    {
        Attestation = new AddressLimiter(limitAttestation ? Attestations : null, metrics, time);
        X509Signing = new AddressLimiter(limitSigning ? Signatures : null, metrics, time);
        JwtSigning = new AddressLimiter(limitSigning ? Signatures : null, metrics, time);
        WitSigning = new AddressLimiter(limitSigning ? Signatures : null, metrics, time);
        KeyPublishing = new AddressLimiter(PublishedKeys, metrics, time);
        PostStatus = new AddressLimiter(StatusPosts, metrics, time);
    }

    public AddressLimiter Attestation { get; }

    /// <summary>Gets the limiter that X509-SVIDs of workloads, renewals of agents and downstream authorities share.</summary>
    public AddressLimiter X509Signing { get; }

    public AddressLimiter JwtSigning { get; }

    public AddressLimiter WitSigning { get; }

    public AddressLimiter KeyPublishing { get; }

    public AddressLimiter PostStatus { get; }
}
