using System.Security.Cryptography.X509Certificates;
using Spire.Wire.Certificates;

namespace Validation.Spire.Benching;

/// <summary>The folder that the benches and the server they call share.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="SvidLife">How long what the server signs is valid.</param>
public sealed record BenchPlace(DirectoryInfo Folder, TimeSpan SvidLife)
{
    /// <summary>Gets the trust domain.</summary>
    internal static TrustDomain TrustDomain { get; } = TrustDomain.Parse("bench.test");

    /// <summary>Gets the server's private socket.</summary>
    internal string AdminSocket => Path.Combine(Folder.FullName, "admin.sock");

    /// <summary>Gets the certificate that the server's <c>x509pop</c> attestor trusts, in PEM.</summary>
    internal string NodeAuthority => Path.Combine(Folder.FullName, "nodes.pem");

    /// <summary>Writes the certificate that the server trusts. Before the server starts.</summary>
    /// <param name="authority">The certificate.</param>
    internal void Trust(X509Certificate2 authority) => File.WriteAllText(NodeAuthority, authority.ExportCertificatePem());
}

/// <summary>Where a bench's server listens on loopback.</summary>
/// <param name="Clear">The port without TLS.</param>
/// <param name="Secure">The port with TLS.</param>
public sealed record BenchAddresses(int Clear, int Secure);
