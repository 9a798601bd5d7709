using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;

namespace Spire.Wire.Certificates;

/// <summary>An X509-SVID with its private key.</summary>
public sealed class X509Svid : IDisposable
{
    private readonly Lazy<SslStreamCertificateContext> _tls;
    private NativeWeight? _weight;

    /// <summary>Creates an SVID.</summary>
    /// <param name="chain">The leaf, then its intermediates towards the root, without the root; each in DER.</param>
    /// <param name="key">The private key: ECDSA or RSA. Copied.</param>
    /// <exception cref="CryptographicException">The chain is empty, a certificate cannot be read, or the key is not the leaf's.</exception>
    /// <exception cref="FormatException">The leaf does not have exactly one SPIFFE id.</exception>
    public X509Svid(IReadOnlyList<ReadOnlyMemory<byte>> chain, AsymmetricAlgorithm key)
    {
        if (chain.Count == 0)
        {
            throw new CryptographicException("an SVID has at least one certificate");
        }

        Chain = chain;
        Leaf = DecodedCertificate.Decode(chain[0]);
        Id = Leaf.Uris.Count == 1
            ? SpiffeId.Parse(Leaf.Uris[0])
            : throw new FormatException($"the certificate {Leaf.SerialNumber} has {Leaf.Uris.Count} URI names; an SVID has exactly one");
        Certificate = WithKey(chain[0], key);
        _tls = new Lazy<SslStreamCertificateContext>(MakeTls);
    }

    /// <summary>Gets the SPIFFE id.</summary>
    public SpiffeId Id { get; }

    /// <summary>Gets the leaf, then its intermediates, each in DER.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Chain { get; }

    /// <summary>Gets what the leaf says.</summary>
    public DecodedCertificate Leaf { get; }

    /// <summary>Gets the leaf with its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Gets the SVID as TLS needs it, with its intermediates.</summary>
    internal SslStreamCertificateContext Tls => _tls.Value;

    /// <summary>Reads an SVID that the server has signed.</summary>
    /// <param name="svid">The server's answer.</param>
    /// <param name="key">The key of the request.</param>
    /// <exception cref="CryptographicException">As for the constructor.</exception>
    /// <exception cref="FormatException">As for the constructor.</exception>
    public static X509Svid FromApi(Contracts.Types.X509SVID svid, AsymmetricAlgorithm key) =>
        new([.. svid.CertChain.Select(certificate => certificate.Memory)], key);

    /// <summary>Reads an SVID of the Workload API.</summary>
    /// <param name="svid">The agent's answer.</param>
    /// <exception cref="CryptographicException">As for the constructor.</exception>
    /// <exception cref="FormatException">As for the constructor.</exception>
    public static X509Svid FromWorkloadApi(Contracts.Workload.X509SVID svid)
    {
        using var key = Keys.ReadPrivate(svid.X509SvidKey.Span);
        return new X509Svid(DecodedCertificate.Split(svid.X509Svid.Memory), key);
    }

    /// <summary>Returns the SVID, with its private key, as the Workload API has it.</summary>
    /// <param name="bundle">The bundle of its trust domain.</param>
    /// <param name="hint">The hint of its entry; empty when it has none.</param>
    public Contracts.Workload.X509SVID ToWorkloadApi(TrustBundle bundle, string hint)
    {
        using AsymmetricAlgorithm key = (AsymmetricAlgorithm?)Certificate.GetECDsaPrivateKey() ?? Certificate.GetRSAPrivateKey()!;
        return new Contracts.Workload.X509SVID
        {
            SpiffeId = Id.ToString(),
            X509Svid = ByteString.CopyFrom([.. Chain.SelectMany(certificate => certificate.ToArray())]),
            X509SvidKey = ByteString.CopyFrom(key.ExportPkcs8PrivateKey()),
            Bundle = ByteString.CopyFrom(bundle.ToDer()),
            Hint = hint,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate.Dispose();
        if (_tls.IsValueCreated)
        {
            Dispose(_tls.Value.IntermediateCertificates);
            _weight?.LetGo();
        }
    }

    private SslStreamCertificateContext MakeTls()
    {
        var intermediates = Chain.Skip(1).Select(certificate => X509CertificateLoader.LoadCertificate(certificate.Span)).ToArray();
        try
        {
            // It copies what it needs. Whatever is sent is what we were given: nothing is fetched or looked up.
            var tls = SslStreamCertificateContext.Create(Certificate, [.. intermediates], offline: true);
            _weight = new NativeWeight();
            return tls;
        }
        finally
        {
            Dispose(intermediates);
        }
    }

    private static void Dispose(IEnumerable<X509Certificate2> certificates)
    {
        foreach (var certificate in certificates)
        {
            certificate.Dispose();
        }
    }

    private static X509Certificate2 WithKey(ReadOnlyMemory<byte> leaf, AsymmetricAlgorithm key)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(leaf.Span);
        try
        {
            return key switch
            {
                ECDsa ec => certificate.CopyWithPrivateKey(ec),
                RSA rsa => certificate.CopyWithPrivateKey(rsa),
                _ => throw new CryptographicException($"a {key.GetType().Name} cannot be an SVID's key; allowed are ECDSA and RSA"),
            };
        }
        catch (ArgumentException error)
        {
            throw new CryptographicException($"the key is not that of the certificate: {error.Message}", error);
        }
    }
}
