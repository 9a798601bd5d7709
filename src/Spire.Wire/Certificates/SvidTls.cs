using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Spire.Wire.Certificates;

/// <summary>TLS between holders of X509-SVIDs: who the peer is follows from its SPIFFE id and never from a host name.</summary>
public static class SvidTls
{
    /// <summary>Returns the options for a connection to a server.</summary>
    /// <param name="isServer">Tells whether an id is that of the server that is meant; SPIRE's own is <see cref="TrustDomain.ServerId"/>.</param>
    /// <param name="verifier">Verifies the server's SVID.</param>
    /// <param name="identity">Our own SVID; null shows none.</param>
    /// <param name="time">The clock that lives are compared with.</param>
    /// <param name="unknownAuthority">Told when the server's authority is one that the verifier does not know.</param>
    public static SslClientAuthenticationOptions ForClient(
        Func<SpiffeId, bool> isServer, SvidVerifier verifier, X509Svid? identity, TimeProvider time, Action? unknownAuthority = null)
    {
        return new()
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateContext = identity?.Tls,
            // SPIRE resumes nothing: every connection is a whole handshake, and measured as one.
            AllowTlsResume = false,
            CertificateChainPolicy = NoPlatformChain(),
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                // A connection that lives for long keeps the certificate object until its own end, and nobody asks it for one.
                using var shown = certificate;
                var received = Received(certificate, chain) ?? throw Refused("there is none");
                var verification = verifier.Verify(received, time.GetUtcNow());
                if (verification.Problem == SvidProblem.UnknownAuthority)
                {
                    unknownAuthority?.Invoke();
                }

                return ProblemOf(verification, isServer) is { } problem ? throw Refused(problem) : true;
            },
        };

        static AuthenticationException Refused(string problem) => new($"The server's certificate is refused: {problem}.");
    }

    /// <summary>Returns the options for a connection from a client, which may show an SVID or none.</summary>
    /// <param name="identity">Our own SVID.</param>
    /// <param name="verifier">Verifies the client's SVID.</param>
    /// <param name="mayConnect">Tells whether a client with this id may connect at all; what it may call is decided later.</param>
    /// <param name="time">The clock that lives are compared with.</param>
    public static SslServerAuthenticationOptions ForServer(
        X509Svid identity, SvidVerifier verifier, Func<SpiffeId, bool> mayConnect, TimeProvider time) =>
        ForServer(identity, chain => Verify(chain, verifier, mayConnect, time) is null);

    /// <summary>Returns the options for a connection from a client, which may show a certificate or none.</summary>
    /// <param name="identity">Our own SVID.</param>
    /// <param name="isWelcome">Tells whether a client with these certificates, its own first, each in DER, may connect. Not asked when it shows none.</param>
    public static SslServerAuthenticationOptions ForServer(X509Svid identity, Func<IReadOnlyList<ReadOnlyMemory<byte>>, bool> isWelcome)
    {
        return new()
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ServerCertificateContext = identity.Tls,
            AllowTlsResume = false,
            CertificateChainPolicy = NoPlatformChain(),
            // Asks for a certificate; the callback decides that none is fine too.
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                certificate is null || (Received(certificate, chain) is { } received && isWelcome(received)),
        };
    }

    /// <summary>Verifies the certificates that somebody showed.</summary>
    /// <param name="chain">The certificates, the holder's own first, each in DER.</param>
    /// <param name="verifier">Verifies them.</param>
    /// <param name="isExpected">Tells whether the holder is who is meant.</param>
    /// <param name="time">The clock that lives are compared with.</param>
    /// <returns>What is wrong; null when nothing is.</returns>
    public static string? Verify(
        IReadOnlyList<ReadOnlyMemory<byte>> chain, SvidVerifier verifier, Func<SpiffeId, bool> isExpected, TimeProvider time) =>
        ProblemOf(verifier.Verify(chain, time.GetUtcNow()), isExpected);

    private static string? ProblemOf(SvidVerification verification, Func<SpiffeId, bool> isExpected)
    {
        if (!verification.IsValid)
        {
            return verification.Detail;
        }

        return isExpected(verification.Id!) ? null : $"'{verification.Id}' is somebody else";
    }

    /// <summary>Reads what the peer has shown, its own certificate first, and disposes of the others' objects.</summary>
    private static IReadOnlyList<ReadOnlyMemory<byte>>? Received(X509Certificate? certificate, X509Chain? chain)
    {
        var others = chain?.ChainPolicy.ExtraStore ?? [];
        ReadOnlyMemory<byte>[]? received = certificate is X509Certificate2 leaf ? [leaf.RawDataMemory, .. others.Select(other => other.RawDataMemory)] : null;
        foreach (var other in others)
        {
            // A copy that .NET has made for this call and leaves to the finalizer.
            other.Dispose();
        }

        others.Clear();
        return received;
    }

    /// <summary>Keeps the platform from doing work on every handshake, and on the network, whose result nobody looks at.</summary>
    private static X509ChainPolicy NoPlatformChain() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        VerificationFlags = X509VerificationFlags.AllFlags,
    };
}
