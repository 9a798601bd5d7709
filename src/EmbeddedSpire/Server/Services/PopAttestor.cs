using System.Security.Cryptography.X509Certificates;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Attestation;
using Spire.Wire.Certificates;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Server.Services;

/// <summary>The server's side of <c>x509pop</c> with its two modes.</summary>
internal abstract class PopAttestor
{
    /// <summary>Begins an attestation.</summary>
    /// <param name="payload">What the agent shows.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="GrpcException">It is not believed.</exception>
    public abstract Task<PopAttestation> BeginAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken);

    /// <summary>Names the agent.</summary>
    /// <exception cref="GrpcException">Its certificate has no name that an agent could have.</exception>
    public abstract SpiffeId AgentIdOf(PopAttestation attestation);
}

/// <summary>Mode <c>external_pki</c>: certificates of authorities that have nothing to do with SPIRE. Agents are named after the fingerprint.</summary>
internal sealed class ExternalPopAttestor : PopAttestor
{
    private readonly TrustDomain _trustDomain;
    private readonly PopServer _server;

    /// <summary>Creates the attestor.</summary>
    /// <param name="trustDomain">Where agents are.</param>
    /// <param name="settings">Whose certificates are believed, and which.</param>
    /// <param name="time">The clock that lives are compared with.</param>
    public ExternalPopAttestor(TrustDomain trustDomain, PopSettings settings, TimeProvider time)
    {
        _trustDomain = trustDomain;
        _server = new PopServer(settings.Authorities, time) { MaxIntermediates = settings.MaxIntermediates, MaxRsaKeySize = settings.MaxRsaKeySize };
    }

    /// <inheritdoc/>
    public override Task<PopAttestation> BeginAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        Task.FromResult(_server.Begin(payload.Span));

    /// <inheritdoc/>
    public override SpiffeId AgentIdOf(PopAttestation attestation) => attestation.AgentId(_trustDomain);
}

/// <summary>Mode <c>spiffe</c>: X509-SVIDs of the trust domain itself. Agents are named after what follows a prefix in their path.</summary>
internal sealed class SpiffePopAttestor : PopAttestor
{
    private readonly TrustDomain _trustDomain;
    private readonly string _prefix;
    private readonly PopSettings _settings;
    private readonly BundleStore _bundles;
    private readonly TimeProvider _time;

    /// <summary>Creates the attestor.</summary>
    /// <param name="trustDomain">Where agents are.</param>
    /// <param name="prefix">What the path of a certificate begins with; begins and ends with a slash.</param>
    /// <param name="settings">Which certificates are believed.</param>
    /// <param name="bundles">Where the trust domain's authorities are.</param>
    /// <param name="time">The clock that lives are compared with.</param>
    public SpiffePopAttestor(TrustDomain trustDomain, string prefix, PopSettings settings, BundleStore bundles, TimeProvider time)
    {
        _trustDomain = trustDomain;
        _prefix = prefix;
        _settings = settings;
        _bundles = bundles;
        _time = time;
    }

    /// <inheritdoc/>
    public override async Task<PopAttestation> BeginAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        try
        {
            var bundle = await _bundles.FetchAsync(_trustDomain.Id.ToString(), cancellationToken);
            var authorities = bundle?.RootCas.Select(authority => X509CertificateLoader.LoadCertificate(authority.DerBytes.Span)) ?? [];
            return new PopServer(authorities, _time) { MaxIntermediates = _settings.MaxIntermediates, MaxRsaKeySize = _settings.MaxRsaKeySize }.Begin(payload.Span);
        }
        catch (DatastoreException error)
        {
            throw new GrpcException(StatusCode.Internal, $"nodeattestor({PopAttestation.Type}): failed to get trust bundle: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public override SpiffeId AgentIdOf(PopAttestation attestation)
    {
        var uris = attestation.Chain[0].Uris;
        return uris.Count == 1
            && SpiffeId.TryParse(uris[0], out var id, out _)
            && id.TrustDomain == _trustDomain
            && id.Path.StartsWith(_prefix, StringComparison.Ordinal)
                ? SpiffeId.Of(_trustDomain, $"{SpiffeId.AgentPath}/{PopAttestation.Type}/{id.Path[_prefix.Length..]}")
                : throw new GrpcException(StatusCode.PermissionDenied, $"nodeattestor({PopAttestation.Type}): x509 cert doesnt match SVID prefix");
    }
}
