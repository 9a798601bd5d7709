using System.Security.Cryptography;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Attestation;

/// <summary>Whom an agent trusts that has never attested.</summary>
internal sealed record BootstrapTrust
{
    /// <summary>Gets the trust domain.</summary>
    public required TrustDomain TrustDomain { get; init; }

    /// <summary>Gets the file with the trust domain's bundle; null when <see cref="IsInsecure"/>.</summary>
    public string? BundlePath { get; init; }

    /// <summary>Gets whether the file is a SPIFFE bundle document rather than PEM.</summary>
    public bool IsDocument { get; init; }

    /// <summary>Gets whether any server is trusted that calls itself the right name.</summary>
    public bool IsInsecure { get; init; }

    /// <summary>Reads the bundle, anew for each attempt: whoever deploys it may come after us.</summary>
    /// <returns>The bundle; null when <see cref="IsInsecure"/>.</returns>
    /// <exception cref="AgentException">The file cannot be read or holds no bundle.</exception>
    public TrustBundle? Read()
    {
        if (BundlePath is not { } path)
        {
            return null;
        }

        try
        {
            var bundle = IsDocument
                ? BundleFormats.FromDocument(TrustDomain, File.ReadAllBytes(path))
                : BundleFormats.FromPem(TrustDomain, File.ReadAllText(path));
            return bundle.X509Authorities.Count > 0
                ? bundle
                : throw new AgentException("no certificates found in trust bundle");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or FormatException)
        {
            throw new AgentException($"could not parse trust bundle: {path}: {error.Message}", error);
        }
    }
}
