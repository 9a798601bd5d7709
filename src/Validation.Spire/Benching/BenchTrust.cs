using System.Security.Cryptography.X509Certificates;
using Spire.Wire.Certificates;

namespace Validation.Spire.Benching;

/// <summary>What a bench tells its server on the command line, so that the two share no file.</summary>
/// <param name="NodeAuthority">The certificate that the server's <c>x509pop</c> attestor trusts.</param>
/// <param name="SvidLife">How long what the server signs is valid, in whole seconds.</param>
public sealed record BenchTrust(X509Certificate2 NodeAuthority, TimeSpan SvidLife)
{
    /// <summary>Gets the trust domain.</summary>
    internal static TrustDomain TrustDomain { get; } = TrustDomain.Parse("bench.test");

    /// <summary>Gets the arguments: the certificate in base64, and the seconds.</summary>
    internal IReadOnlyList<string> Arguments => [Convert.ToBase64String(NodeAuthority.RawData), $"{SvidLife.TotalSeconds:0}"];

    /// <summary>Reads the arguments.</summary>
    /// <param name="nodeAuthority">The certificate in base64.</param>
    /// <param name="svidLife">The seconds.</param>
    public static BenchTrust Parse(string nodeAuthority, int svidLife) =>
        new(X509CertificateLoader.LoadCertificate(Convert.FromBase64String(nodeAuthority)), TimeSpan.FromSeconds(svidLife));
}
