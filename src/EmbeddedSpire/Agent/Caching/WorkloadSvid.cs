using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Caching;

/// <summary>A workload's X509-SVID with its key, as the server signed it and as workloads get it.</summary>
internal sealed class WorkloadSvid
{
    /// <summary>Creates an SVID.</summary>
    /// <param name="chain">The leaf, then its intermediates; each in DER.</param>
    /// <param name="pkcs8">The private key as PKCS#8 in DER.</param>
    /// <exception cref="System.Security.Cryptography.CryptographicException">There is no leaf, or it is no certificate.</exception>
    public WorkloadSvid(IReadOnlyList<ReadOnlyMemory<byte>> chain, byte[] pkcs8)
    {
        Chain = chain;
        Leaf = DecodedCertificate.Decode(chain.Count > 0 ? chain[0] : default);
        PrivateKey = pkcs8;
    }

    /// <summary>Gets the leaf, then its intermediates.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; }

    /// <summary>Gets what the leaf says.</summary>
    public DecodedCertificate Leaf { get; }

    /// <summary>Gets the private key as PKCS#8 in DER.</summary>
    public byte[] PrivateKey { get; }
}
