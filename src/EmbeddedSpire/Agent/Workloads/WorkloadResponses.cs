using EmbeddedSpire.Agent.Caching;
using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Workload;

namespace EmbeddedSpire.Agent.Workloads;

/// <summary>Writes what the cache has as messages of the Workload API.</summary>
internal static class WorkloadResponses
{
    /// <summary>Returns X509-SVIDs with keys and bundles.</summary>
    public static X509SVIDResponse Svids(WorkloadUpdate update)
    {
        var bundle = ByteString.CopyFrom(update.Bundle.ToDer());
        return new X509SVIDResponse
        {
            Svids =
            {
                update.Identities.Select(identity => new X509SVID
                {
                    SpiffeId = identity.Entry.SpiffeId.ToString(),
                    X509Svid = Concatenate(identity.Svid.Chain),
                    X509SvidKey = ByteString.CopyFrom(identity.Svid.PrivateKey),
                    Bundle = bundle,
                    Hint = identity.Entry.Hint,
                }),
            },
            FederatedBundles = { ById(update.FederatedBundles, federated => ByteString.CopyFrom(federated.ToDer())) },
        };
    }

    /// <summary>Returns the X.509 authorities: those of other trust domains only to callers with an identity.</summary>
    public static X509BundlesResponse X509Bundles(WorkloadUpdate update) => new()
    {
        Bundles = { ById(Visible(update), bundle => ByteString.CopyFrom(bundle.ToDer())) },
    };

    /// <summary>Returns the JWT authorities: those of other trust domains only to callers with an identity.</summary>
    public static JWTBundlesResponse JwtBundles(WorkloadUpdate update) => new()
    {
        Bundles = { ById(Visible(update), bundle => ByteString.CopyFromUtf8(bundle.ToJwks())) },
    };

    private static IEnumerable<TrustBundle> Visible(WorkloadUpdate update) =>
        update.Identities.Count > 0 ? update.FederatedBundles.Prepend(update.Bundle) : [update.Bundle];

    private static Dictionary<string, ByteString> ById(IEnumerable<TrustBundle> bundles, Func<TrustBundle, ByteString> write) =>
        bundles.ToDictionary(bundle => bundle.TrustDomain.Id.ToString(), write);

    private static ByteString Concatenate(IReadOnlyList<ReadOnlyMemory<byte>> chain) =>
        chain.Count == 1 ? ByteString.CopyFrom(chain[0].Span) : ByteString.CopyFrom([.. chain.SelectMany(certificate => certificate.ToArray())]);
}
