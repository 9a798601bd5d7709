using System.Security.Cryptography;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Storage;

/// <summary>A key of the agent's own SVID.</summary>
/// <param name="Id">The place it is kept in.</param>
/// <param name="Key">The key.</param>
internal sealed record AgentKey(string Id, AsymmetricAlgorithm Key)
{
    private const string FirstPlace = "agent-svid-A";
    private const string SecondPlace = "agent-svid-B";

    /// <summary>Makes a key, P-256 as SPIRE's are, for the place that is not that of the key in use.</summary>
    /// <param name="inUse">The key in use; null when there is none.</param>
    public static AgentKey After(AgentKey? inUse) => new(inUse?.Id == FirstPlace ? SecondPlace : FirstPlace, Keys.Create());

    /// <summary>Reads a key.</summary>
    /// <param name="id">The place it was kept in.</param>
    /// <param name="pkcs8">PKCS#8 in DER.</param>
    /// <exception cref="CryptographicException">It is none.</exception>
    public static AgentKey Read(string id, byte[] pkcs8) => new(id, Keys.ReadPrivate(pkcs8));

    /// <summary>Tells whether a certificate was made for this key.</summary>
    /// <param name="publicKey">The certificate's key as SubjectPublicKeyInfo in DER.</param>
    public bool Fits(ReadOnlySpan<byte> publicKey) => Key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(publicKey);
}
