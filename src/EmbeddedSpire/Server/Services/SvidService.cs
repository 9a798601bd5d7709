using System.Security.Cryptography;
using EmbeddedSpire.Server.Authorities;
using EmbeddedSpire.Server.Calls;
using EmbeddedSpire.Server.Registration;
using EmbeddedSpire.Server.Storage;
using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;
using Logger = EmbeddedSpire.Logging.Logger;

namespace EmbeddedSpire.Server.Services;

/// <summary>Signs SVIDs: for agents on behalf of their workloads, and for administrators.</summary>
internal sealed class SvidService
{
    private readonly TrustDomain _trustDomain;
    private readonly SvidIssuer _issuer;
    private readonly EntryCacheReloader _entries;
    private readonly BundleStore _bundles;
    private readonly RateLimits _limits;
    private readonly bool _hasJwt;
    private readonly Logger _log;

    /// <summary>Creates the service.</summary>
    /// <param name="trustDomain">Where it signs.</param>
    /// <param name="issuer">Signs.</param>
    /// <param name="entries">Knows whose entries are whose.</param>
    /// <param name="bundles">Where bundles are.</param>
    /// <param name="limits">Limits agents.</param>
    /// <param name="hasJwt">False with <c>disable_jwt_svids</c>.</param>
    /// <param name="log">Told of refusals.</param>
    public SvidService(
        TrustDomain trustDomain, SvidIssuer issuer, EntryCacheReloader entries, BundleStore bundles, RateLimits limits, bool hasJwt, Logger log)
    {
        _trustDomain = trustDomain;
        _issuer = issuer;
        _entries = entries;
        _bundles = bundles;
        _limits = limits;
        _hasJwt = hasJwt;
        _log = log;
    }

    /// <summary>Adds its methods.</summary>
    public void Map(GrpcHandlers handlers)
    {
        handlers.Map(SvidMethods.BatchNewX509SVID, BatchNewX509Async);
        handlers.Map(SvidMethods.NewJWTSVID, NewJwtAsync);
        handlers.Map(SvidMethods.BatchNewWITSVID, BatchNewWitAsync);
        handlers.Map(SvidMethods.NewDownstreamX509CA, NewDownstreamAsync);
        handlers.Map(SvidMethods.MintX509SVID, MintX509Async);
        handlers.Map(SvidMethods.MintJWTSVID, MintJwtAsync);
        handlers.Map(SvidMethods.MintWITSVID, (_, call, _) =>
            throw Refusal.Call(_log.For(call), StatusCode.Unimplemented, "WIT functionality is disabled"));
    }

    private async Task<BatchNewX509SVIDResponse> BatchNewX509Async(BatchNewX509SVIDRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        if (request.Params.Count == 0)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "missing parameters");
        }

        await Limited.WaitAsync(_limits.X509Signing, call, request.Params.Count, "certificate signing rate limiting", log, cancellationToken);
        var entries = Find(call, request.Params.Select(one => one.EntryId));
        return new BatchNewX509SVIDResponse { Results = { request.Params.Select(one => NewX509(one, entries, log)) } };
    }

    private BatchNewX509SVIDResponse.Types.Result NewX509(NewX509SVIDParams request, Dictionary<string, CachedEntry> entries, Logger log)
    {
        if (request.EntryId.Length == 0)
        {
            return new() { Status = Refusal.Item(log, StatusCode.InvalidArgument, "missing entry ID") };
        }

        if (request.Csr.IsEmpty)
        {
            return new() { Status = Refusal.Item(log, StatusCode.InvalidArgument, "missing CSR") };
        }

        if (!entries.TryGetValue(request.EntryId, out var entry))
        {
            return new() { Status = Refusal.Item(log, StatusCode.NotFound, "entry not found or not authorized") };
        }

        SigningRequest csr;
        try
        {
            csr = SigningRequest.Parse(request.Csr.Memory);
        }
        catch (CryptographicException error)
        {
            return new() { Status = Refusal.Item(log, StatusCode.InvalidArgument, "malformed CSR", error.Message) };
        }

        if (!csr.HasValidSignature())
        {
            return new() { Status = Refusal.Item(log, StatusCode.InvalidArgument, "invalid CSR signature", SignatureProblem(csr)) };
        }

        try
        {
            var svid = _issuer.IssueWorkload(entry.SpiffeId, csr.PublicKey, TimeSpan.FromSeconds(entry.Entry.X509SvidTtl), entry.Entry.DnsNames, null);
            return new() { Status = Refusal.Ok, Svid = svid.ToApi(entry.SpiffeId) };
        }
        catch (Exception error) when (error is SigningException or CryptographicException)
        {
            return new() { Status = Refusal.Item(log, StatusCode.Internal, "failed to sign X509-SVID", error.Message) };
        }
    }

    private async Task<NewJWTSVIDResponse> NewJwtAsync(NewJWTSVIDRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        await Limited.WaitAsync(_limits.JwtSigning, call, 1, "JWT signing request rate limiting", log, cancellationToken);
        RequireJwt(log);
        if (!Find(call, [request.EntryId]).TryGetValue(request.EntryId, out var entry))
        {
            throw Refusal.Call(log, StatusCode.NotFound, "entry not found or not authorized");
        }

        if (Ids.ProblemOfWorkload(entry.SpiffeId, _trustDomain) is { } problem)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "invalid SPIFFE ID", problem);
        }

        var hasTokenId = entry.Entry.AdditionalAttributes?.JwtSvidIncludeJti ?? false;
        return new NewJWTSVIDResponse { Svid = SignJwt(entry.SpiffeId, request.Audience, entry.Entry.JwtSvidTtl, hasTokenId, log) };
    }

    private async Task<BatchNewWITSVIDResponse> BatchNewWitAsync(BatchNewWITSVIDRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        if (request.Params.Count == 0)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "missing parameters");
        }

        await Limited.WaitAsync(_limits.WitSigning, call, request.Params.Count, "certificate signing rate limiting", log, cancellationToken);
        var entries = Find(call, request.Params.Select(one => one.EntryId));
        return new BatchNewWITSVIDResponse { Results = { request.Params.Select(one => new BatchNewWITSVIDResponse.Types.Result { Status = RefuseWit(one, entries, log) }) } };
    }

    /// <summary>WIT-SVIDs exist behind a feature flag only, and we do not have that flag: the checks are SPIRE's, and so is what comes after them.</summary>
    private static Status RefuseWit(NewWITSVIDParams request, Dictionary<string, CachedEntry> entries, Logger log)
    {
        if (request.EntryId.Length == 0)
        {
            return Refusal.Item(log, StatusCode.InvalidArgument, "missing entry ID");
        }

        if (request.PublicKey.IsEmpty)
        {
            return Refusal.Item(log, StatusCode.InvalidArgument, "missing public key");
        }

        if (!entries.ContainsKey(request.EntryId))
        {
            return Refusal.Item(log, StatusCode.NotFound, "entry not found or not authorized");
        }

        try
        {
            Keys.ReadPublic(request.PublicKey.Span).Dispose();
            return Refusal.Item(log, StatusCode.Internal, "failed to sign WIT-SVID", "WIT key is not available for signing");
        }
        catch (CryptographicException error)
        {
            return Refusal.Item(log, StatusCode.InvalidArgument, "malformed public key", error.Message);
        }
    }

    private async Task<NewDownstreamX509CAResponse> NewDownstreamAsync(NewDownstreamX509CARequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        await Limited.WaitAsync(_limits.X509Signing, call, 1, "downstream CA signing rate limit", log, cancellationToken);
        if (call.Noted<DownstreamEntries>() is null)
        {
            throw Refusal.Call(log, StatusCode.Internal, "caller is not a downstream workload");
        }

        var csr = ReadSigned(request.Csr, log);
        try
        {
            var chain = _issuer.IssueDownstream(csr.PublicKey, TimeSpan.FromSeconds(request.PreferredTtl));
            var bundle = await _bundles.FetchAsync(_trustDomain.Id.ToString(), cancellationToken) ?? throw Refusal.Call(log, StatusCode.NotFound, "bundle not found");
            return new NewDownstreamX509CAResponse
            {
                CaCertChain = { chain.Select(certificate => ByteString.CopyFrom(certificate.Span)) },
                X509Authorities = { bundle.RootCas.Select(authority => authority.DerBytes) },
            };
        }
        catch (Exception error) when (error is SigningException or CryptographicException)
        {
            throw Refusal.Call(log, StatusCode.Internal, "failed to sign downstream X.509 CA", error.Message);
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, "failed to fetch bundle", error);
        }
    }

    private Task<MintX509SVIDResponse> MintX509Async(MintX509SVIDRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        var csr = ReadSigned(request.Csr, log);
        var id = IdIn(csr, log);
        if (csr.DnsNames.Select(DnsNames.ProblemOf).FirstOrDefault(problem => problem is not null) is { } problem)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "CSR DNS name is invalid", problem);
        }

        if (DnsNames.FindOverlap(csr.DnsNames) is { } name)
        {
            throw Refusal.Call(
                log,
                StatusCode.InvalidArgument,
                "CSR DNS name contains a wildcard that covers another non-wildcard name",
                $"name \"{name}\" overlaps with an existing wildcard name in the list: wildcard overlap");
        }

        try
        {
            var svid = _issuer.IssueWorkload(id, csr.PublicKey, TimeSpan.FromSeconds(request.Ttl), csr.DnsNames, csr.Subject);
            return Task.FromResult(new MintX509SVIDResponse { Svid = svid.ToApi(id) });
        }
        catch (Exception error) when (error is SigningException or CryptographicException)
        {
            throw Refusal.Call(log, StatusCode.Internal, "failed to sign X509-SVID", error.Message);
        }
    }

    private Task<MintJWTSVIDResponse> MintJwtAsync(MintJWTSVIDRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        RequireJwt(log);
        return Ids.TryReadWorkload(request.Id, _trustDomain, out var id, out var problem)
            ? Task.FromResult(new MintJWTSVIDResponse { Svid = SignJwt(id, request.Audience, request.Ttl, hasTokenId: false, log) })
            : throw Refusal.Call(log, StatusCode.InvalidArgument, "invalid SPIFFE ID", problem);
    }

    private JWTSVID SignJwt(SpiffeId id, IReadOnlyCollection<string> audience, int ttl, bool hasTokenId, Logger log)
    {
        if (audience.Count == 0)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "at least one audience is required");
        }

        try
        {
            return _issuer.IssueJwt(id, audience, TimeSpan.FromSeconds(ttl), hasTokenId).ToApi(id);
        }
        catch (Exception error) when (error is SigningException or CryptographicException)
        {
            throw Refusal.Call(log, StatusCode.Internal, "failed to sign JWT-SVID", error.Message);
        }
    }

    private static SigningRequest ReadSigned(ByteString der, Logger log)
    {
        if (der.IsEmpty)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "missing CSR");
        }

        SigningRequest csr;
        try
        {
            csr = SigningRequest.Parse(der.Memory);
        }
        catch (CryptographicException error)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "malformed CSR", error.Message);
        }

        return csr.HasValidSignature()
            ? csr
            : throw Refusal.Call(log, StatusCode.InvalidArgument, "failed to verify CSR signature", SignatureProblem(csr));
    }

    /// <summary>Says what Go's libraries say of a wrong signature.</summary>
    private static string SignatureProblem(SigningRequest csr)
    {
        using var key = Keys.ReadPublic(csr.PublicKey.Span);
        return key is RSA ? "crypto/rsa: verification error" : "x509: ECDSA verification failure";
    }

    private SpiffeId IdIn(SigningRequest csr, Logger log)
    {
        if (csr.Uris.Count != 1)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, csr.Uris.Count == 0 ? "CSR URI SAN is required" : "only one URI SAN is expected");
        }

        return SpiffeId.TryParse(csr.Uris[0], out var id, out var problem) && (problem = Ids.ProblemOfWorkload(id, _trustDomain)) is null
            ? id
            : throw Refusal.Call(log, StatusCode.InvalidArgument, "CSR URI SAN is invalid", problem);
    }

    private void RequireJwt(Logger log)
    {
        if (!_hasJwt)
        {
            throw Refusal.Call(log, StatusCode.Unimplemented, "JWT functionality is disabled");
        }
    }

    private Dictionary<string, CachedEntry> Find(ServerCall call, IEnumerable<string> entryIds) =>
        _entries.Cache.Find(Caller.Of(call.Peer).Id!, [.. entryIds]);
}
