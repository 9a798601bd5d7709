using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Spire.Wire.Certificates;

/// <summary>Verifies X509-SVIDs against the bundles of their trust domains, after the SPIFFE X509-SVID standard.</summary>
/// <remarks>
/// Made for speed: authorities are decoded once and signatures verified directly, without a platform chain. The rules are no
/// laxer for it. Algorithms other than ECDSA and RSA (PKCS #1) with SHA-2, and critical extensions that we do not know, name
/// constraints among them, do not pass. May be used by many threads; does not change when a bundle does: make a new one.
/// </remarks>
public sealed class SvidVerifier
{
    // Certificates that issued each other in circles could keep us busy for minutes. Go stops at the same number.
    private const int MaxSignatureChecks = 100;

    private readonly Dictionary<string, List<Issuer>> _authorities = [];

    /// <summary>Creates a verifier.</summary>
    /// <param name="bundles">The bundles; each is trusted for the SVIDs of its own trust domain only.</param>
    /// <exception cref="CryptographicException">An authority is not a certificate.</exception>
    public SvidVerifier(params IEnumerable<TrustBundle> bundles)
    {
        foreach (var bundle in bundles)
        {
            if (!_authorities.TryGetValue(bundle.TrustDomain.Name, out var issuers))
            {
                _authorities[bundle.TrustDomain.Name] = issuers = [];
            }

            issuers.AddRange(bundle.X509Authorities.Select(authority => new Issuer(DecodedCertificate.Decode(authority.Certificate))));
        }
    }

    /// <summary>Verifies an SVID.</summary>
    /// <param name="chain">The leaf, then intermediates in any order, each in DER.</param>
    /// <param name="at">The instant at which it has to be valid.</param>
    public SvidVerification Verify(IReadOnlyList<ReadOnlyMemory<byte>> chain, DateTimeOffset at)
    {
        var certificates = new List<DecodedCertificate>(chain.Count);
        foreach (var der in chain)
        {
            if (!DecodedCertificate.TryDecode(der, out var certificate, out var problem))
            {
                return new SvidVerification(SvidProblem.Malformed, problem) { Leaf = certificates.FirstOrDefault() };
            }

            certificates.Add(certificate);
        }

        return certificates.Count == 0
            ? new SvidVerification(SvidProblem.Malformed, "there is no certificate")
            : Verify(certificates[0], certificates.Skip(1), at);
    }

    /// <summary>Verifies an SVID.</summary>
    /// <param name="leaf">The leaf.</param>
    /// <param name="intermediates">Intermediates, in any order.</param>
    /// <param name="at">The instant at which it has to be valid.</param>
    public SvidVerification Verify(DecodedCertificate leaf, IEnumerable<DecodedCertificate> intermediates, DateTimeOffset at)
    {
        if (!TryReadId(leaf, out var id, out var problem))
        {
            return new SvidVerification(SvidProblem.WrongSpiffeId, problem) { Leaf = leaf };
        }

        var (verdict, authority) = (ProblemOfLeaf(leaf), (DecodedCertificate?)null);
        if (verdict.IsValid)
        {
            if (_authorities.TryGetValue(id.TrustDomain.Name, out var roots))
            {
                using var ascent = new Ascent(roots, intermediates, at);
                (verdict, authority) = ascent.From(leaf, 0);
            }
            else
            {
                verdict = new(SvidProblem.UnknownAuthority, $"there is no bundle of the trust domain '{id.TrustDomain}'");
            }
        }

        return verdict with { Leaf = leaf, Id = id, Authority = authority };
    }

    private static bool TryReadId(
        DecodedCertificate leaf, [NotNullWhen(true)] out SpiffeId? id, [NotNullWhen(false)] out string? problem)
    {
        id = null;
        problem = leaf.Uris.Count == 1 ? null : $"it has {leaf.Uris.Count} URI names; an SVID has exactly one";
        if (problem is null && SpiffeId.TryParse(leaf.Uris[0], out id, out problem) && id.Path.Length == 0)
        {
            problem = $"'{id}' has no path; such ids are for authorities";
            id = null;
        }

        return id is not null;
    }

    private static SvidVerification ProblemOfLeaf(DecodedCertificate leaf)
    {
        const X509KeyUsageFlags AuthorityUsage = X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign;
        var problem = leaf switch
        {
            { IsAuthority: true } => "it is an authority",
            { KeyUsage: null } => "it does not say what its key may be used for",
            { KeyUsageIsCritical: false } => "its key usage is not critical",
            { KeyUsage: { } usage } when (usage & AuthorityUsage) != 0 => $"its key may be used for {usage}; that is for authorities",
            { KeyUsage: { } usage } when !usage.HasFlag(X509KeyUsageFlags.DigitalSignature) => $"its key may not be used for digital signatures, only for {usage}",
            _ => null,
        };
        return problem is null ? new(SvidProblem.None, string.Empty) : new(SvidProblem.WrongUsage, problem);
    }

    private static SvidVerification? ProblemOfLife(DecodedCertificate certificate, DateTimeOffset at)
    {
        if (certificate.UnknownCriticalExtension is { } extension)
        {
            return new(SvidProblem.Malformed, $"the certificate {certificate.SerialNumber} has the critical extension {extension}, which is not known");
        }

        if (at < certificate.NotBefore)
        {
            return new(SvidProblem.NotYetValid, $"the certificate {certificate.SerialNumber} is valid from {certificate.NotBefore:O}; it is {at:O}");
        }

        return at > certificate.NotAfter
            ? new(SvidProblem.Expired, $"the certificate {certificate.SerialNumber} was valid until {certificate.NotAfter:O}; it is {at:O}")
            : null;
    }

    /// <summary>Looks for a way from a leaf to an authority of the bundle.</summary>
    private sealed class Ascent : IDisposable
    {
        private readonly List<Issuer> _roots;
        private readonly HashSet<Issuer> _unused;
        private readonly DateTimeOffset _at;
        private int _checksLeft = MaxSignatureChecks;

        public Ascent(List<Issuer> roots, IEnumerable<DecodedCertificate> intermediates, DateTimeOffset at)
        {
            _roots = roots;
            _unused = [.. intermediates.Select(certificate => new Issuer(certificate))];
            _at = at;
        }

        /// <summary>Looks on from a certificate; the first problem of the nearest way is reported.</summary>
        /// <param name="certificate">How far we have come.</param>
        /// <param name="depth">How many intermediates are below or at it.</param>
        public (SvidVerification Verdict, DecodedCertificate? Authority) From(DecodedCertificate certificate, int depth)
        {
            if (ProblemOfLife(certificate, _at) is { } problem)
            {
                return (problem, null);
            }

            SvidVerification? first = null;
            foreach (var root in _roots.Where(root => root.MayHaveIssued(certificate)))
            {
                var verdict = ProblemOfStep(certificate, root, depth) ?? ProblemOfLife(root.Certificate, _at);
                if (verdict is null)
                {
                    return (new(SvidProblem.None, string.Empty), root.Certificate);
                }

                first ??= verdict;
            }

            foreach (var intermediate in _unused.Where(other => other.MayHaveIssued(certificate)).ToList())
            {
                var verdict = ProblemOfStep(certificate, intermediate, depth);
                if (verdict is null)
                {
                    _unused.Remove(intermediate);
                    (verdict, var authority) = From(intermediate.Certificate, depth + 1);
                    _unused.Add(intermediate);
                    if (authority is not null)
                    {
                        return (verdict, authority);
                    }
                }

                first ??= verdict;
            }

            return (first ?? new(SvidProblem.UnknownAuthority, $"no authority with the key {certificate.AuthorityKeyId ?? "(unnamed)"} is known"), null);
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            foreach (var intermediate in _unused)
            {
                intermediate.DropKey();
            }
        }

        private SvidVerification? ProblemOfStep(DecodedCertificate certificate, Issuer issuer, int depth) => _checksLeft-- > 0
            ? issuer.ProblemAsIssuer(certificate, depth)
            : new(SvidProblem.WrongIssuer, $"there is no way to an authority in {MaxSignatureChecks} steps");
    }

    /// <summary>A certificate that may have issued others, with its key ready.</summary>
    private sealed class Issuer
    {
        private readonly KeyPool _key;

        public Issuer(DecodedCertificate certificate)
        {
            Certificate = certificate;
            _key = new KeyPool(() => Keys.ReadPublic(certificate.PublicKey.Span));
        }

        public DecodedCertificate Certificate { get; }

        public bool MayHaveIssued(DecodedCertificate other) =>
            Certificate.Subject.Span.SequenceEqual(other.Issuer.Span)
            && (other.AuthorityKeyId is null || Certificate.SubjectKeyId is null || other.AuthorityKeyId == Certificate.SubjectKeyId);

        /// <summary>Checks that it has issued a certificate, and that it may.</summary>
        /// <param name="other">The certificate.</param>
        /// <param name="depth">How many authorities there are below this one already.</param>
        public SvidVerification? ProblemAsIssuer(DecodedCertificate other, int depth)
        {
            if (!Certificate.IsAuthority || Certificate.KeyUsage is { } usage && !usage.HasFlag(X509KeyUsageFlags.KeyCertSign))
            {
                return new(SvidProblem.WrongIssuer, $"the certificate {Certificate.SerialNumber} may not issue certificates");
            }

            if (depth > Certificate.MaxPathLength)
            {
                return new(SvidProblem.WrongIssuer, $"the certificate {Certificate.SerialNumber} allows {Certificate.MaxPathLength} authorities below it; there are {depth}");
            }

            return IsSignatureOf(other)
                ? null
                : new(SvidProblem.WrongSignature, $"the signature of {other.SerialNumber} is not that of {Certificate.SubjectKeyId ?? Certificate.SerialNumber} with an algorithm that SVIDs may have");
        }

        public void DropKey() => _key.Empty();

        private bool IsSignatureOf(DecodedCertificate other)
        {
            try
            {
                return _key.Use(key => Keys.Verify(key, other.SignatureAlgorithm, other.ToBeSigned.Span, other.Signature.Span));
            }
            catch (CryptographicException)
            {
                // A key of a kind that we do not know, or one that is broken: it has signed nothing that we could believe.
                return false;
            }
        }
    }
}
