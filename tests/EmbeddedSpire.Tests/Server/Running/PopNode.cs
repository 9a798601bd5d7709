using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Spire.Wire.Attestation;

namespace EmbeddedSpire.Tests.Server.Running;

/// <summary>A node with a certificate, and the authority that gave it.</summary>
internal sealed class PopNode : IDisposable
{
    private readonly AsymmetricAlgorithm _key;

    private PopNode(X509Certificate2 certificate, AsymmetricAlgorithm key)
    {
        (Certificate, _key) = (certificate, key);
        Pop = new PopAgent([certificate.RawData], key);
    }

    public X509Certificate2 Certificate { get; }

    public PopAgent Pop { get; }

    public void Dispose()
    {
        Certificate.Dispose();
        _key.Dispose();
    }

    /// <summary>Gives certificates to nodes.</summary>
    internal sealed class Authority : IDisposable
    {
        private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly X509Certificate2 _certificate;
        private readonly DateTimeOffset _from = TimeProvider.System.GetUtcNow().AddMinutes(-1);

        public Authority(string name = "nodes")
        {
            var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
            _certificate = request.CreateSelfSigned(_from, _from.AddDays(1));
        }

        public string Pem => _certificate.ExportCertificatePem();

        public PopNode Issue(string name, string? uri = null, X509KeyUsageFlags usage = X509KeyUsageFlags.DigitalSignature) =>
            Sign(ECDsa.Create(ECCurve.NamedCurves.nistP256), key => new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256), uri, usage);

        public PopNode IssueRsa(string name, string? uri = null) => Sign(
            RSA.Create(2048),
            key => new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            uri,
            X509KeyUsageFlags.DigitalSignature);

        public void Dispose()
        {
            _certificate.Dispose();
            _key.Dispose();
        }

        private PopNode Sign<TKey>(TKey key, Func<TKey, CertificateRequest> describe, string? uri, X509KeyUsageFlags usage)
            where TKey : AsymmetricAlgorithm
        {
            var request = describe(key);
            request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
            if (uri is not null)
            {
                var names = new SubjectAlternativeNameBuilder();
                names.AddUri(new Uri(uri));
                request.CertificateExtensions.Add(names.Build());
            }

            var signer = X509SignatureGenerator.CreateForECDsa(_key);
            var certificate = request.Create(_certificate.SubjectName, signer, _from, _from.AddDays(1), [1, .. RandomNumberGenerator.GetBytes(19)]);
            return new PopNode(certificate, key);
        }
    }
}
