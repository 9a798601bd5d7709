using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Connection;

/// <summary>Whom the agent takes for its server, and what it shows itself.</summary>
internal sealed class ServerTrust
{
    private readonly TrustDomain _trustDomain;
    private readonly SvidVerifier? _verifier;
    private readonly TimeProvider _time;

    private ServerTrust(TrustDomain trustDomain, SvidVerifier? verifier, X509Svid? identity, TimeProvider time)
    {
        _trustDomain = trustDomain;
        _verifier = verifier;
        Identity = identity;
        _time = time;
    }

    private X509Svid? Identity { get; }

    /// <summary>Trusts servers whose certificates chain to a bundle.</summary>
    /// <param name="bundle">The bundle of the trust domain.</param>
    /// <param name="identity">The agent's own SVID; null shows none.</param>
    /// <param name="time">The clock.</param>
    public static ServerTrust ByBundle(TrustBundle bundle, X509Svid? identity, TimeProvider time) =>
        new(bundle.TrustDomain, new SvidVerifier(bundle), identity, time);

    /// <summary>Trusts any server that calls itself the right name: what <c>insecure_bootstrap</c> asks for.</summary>
    /// <param name="trustDomain">The trust domain.</param>
    /// <param name="time">The clock.</param>
    public static ServerTrust ByNameOnly(TrustDomain trustDomain, TimeProvider time) => new(trustDomain, null, null, time);

    /// <summary>Returns the TLS of a new connection.</summary>
    public SslClientAuthenticationOptions Tls()
    {
        var tls = SvidTls.ForClient(_ => true, _verifier ?? new SvidVerifier(), Identity, _time);
        tls.ApplicationProtocols = [SslApplicationProtocol.Http2];

        // Its own check tells why in its own words only; the agent's reactions hang on SPIRE's.
        tls.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            ProblemOf(certificate, chain) is not { } problem ? true : throw new AuthenticationException(problem);
        return tls;
    }

    private string? ProblemOf(X509Certificate? certificate, X509Chain? chain)
    {
        if (certificate is not X509Certificate2 leaf)
        {
            return "tls: received empty certificates message";
        }

        if (_verifier is null)
        {
            var uris = DecodedCertificate.TryDecode(leaf.RawDataMemory, out var decoded, out _) ? decoded.Uris : [];
            return uris is [var only] && only == _trustDomain.ServerId.ToString()
                ? null
                : $"expected server SPIFFE ID \"{_trustDomain.ServerId}\"; got \"[{string.Join(' ', uris)}]\"";
        }

        var received = chain?.ChainPolicy.ExtraStore.Select(other => other.RawDataMemory) ?? [];
        var verification = _verifier.Verify([leaf.RawDataMemory, .. received], _time.GetUtcNow());
        return verification.Problem switch
        {
            SvidProblem.None => verification.Id == _trustDomain.ServerId ? null : $"unexpected ID \"{verification.Id}\"",
            SvidProblem.UnknownAuthority or SvidProblem.WrongSignature => $"x509svid: could not verify leaf certificate: {UnknownAuthority.Mark}",
            SvidProblem.Expired or SvidProblem.NotYetValid =>
                $"x509svid: could not verify leaf certificate: x509: certificate has expired or is not yet valid: {verification.Detail}",
            _ => $"x509svid: could not verify leaf certificate: {verification.Detail}",
        };
    }
}
