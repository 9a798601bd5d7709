using System.Security.Cryptography;
using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;

namespace Validation.Spire.Agents;

/// <summary>Keeps one verifier for each bundle that any agent was given: thousands follow the bundle, and mostly have the same.</summary>
internal sealed class BundleShelf
{
    // A bundle changes when servers make new authorities, so nobody is served an old one for long.
    private const int MostKept = 16;

    private readonly Lock _gate = new();
    private readonly List<(IReadOnlyList<ByteString> Authorities, SvidVerifier Verifier)> _kept = [];

    /// <summary>Returns the verifier for a bundle.</summary>
    /// <param name="bundle">What a server said.</param>
    /// <exception cref="FormatException">It is no bundle.</exception>
    public SvidVerifier VerifierFor(Bundle bundle)
    {
        lock (_gate)
        {
            foreach (var (authorities, verifier) in _kept)
            {
                if (authorities.Count == bundle.X509Authorities.Count && authorities.SequenceEqual(bundle.X509Authorities.Select(authority => authority.Asn1)))
                {
                    return verifier;
                }
            }

            if (_kept.Count == MostKept)
            {
                _kept.RemoveAt(0);
            }

            var made = Make(bundle);
            _kept.Add(([.. bundle.X509Authorities.Select(authority => authority.Asn1)], made));
            return made;
        }
    }

    private static SvidVerifier Make(Bundle bundle)
    {
        try
        {
            return new SvidVerifier(TrustBundle.FromApi(bundle));
        }
        catch (CryptographicException error)
        {
            throw new FormatException(error.Message, error);
        }
    }
}
