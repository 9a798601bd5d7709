using System.Security.Cryptography;
using EmbeddedSpire.Server.Bundles;
using EmbeddedSpire.Server.Calls;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Bundles;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;
using Logger = EmbeddedSpire.Logging.Logger;
using StoredBundle = Spire.Wire.Contracts.Storage.Bundle;

namespace EmbeddedSpire.Server.Services;

/// <summary>The trust domain's own bundle. Those of others are <see cref="FederatedBundleService"/>'s.</summary>
internal sealed class BundleService
{
    private readonly TrustDomain _trustDomain;
    private readonly BundleStore _bundles;
    private readonly BundleCache _cache;
    private readonly RateLimits _limits;
    private readonly Logger _log;

    /// <summary>Creates the service.</summary>
    public BundleService(TrustDomain trustDomain, BundleStore bundles, BundleCache cache, RateLimits limits, Logger log)
    {
        _trustDomain = trustDomain;
        _bundles = bundles;
        _cache = cache;
        _limits = limits;
        _log = log;
    }

    /// <summary>Adds its methods.</summary>
    public void Map(GrpcHandlers handlers)
    {
        handlers.Map(BundleMethods.GetBundle, GetAsync);
        handlers.Map(BundleMethods.CountBundles, CountAsync);
        handlers.Map(BundleMethods.AppendBundle, AppendAsync);
        handlers.Map(BundleMethods.PublishJWTAuthority, PublishJwtAsync);
        handlers.Map(BundleMethods.PublishWITAuthority, (_, call, _) =>
            throw Refusal.Call(_log.For(call), StatusCode.Unimplemented, "WIT-SVID functionality is not yet implemented"));
    }

    private async Task<Bundle> GetAsync(GetBundleRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        try
        {
            var bundle = await _cache.FetchAsync(cancellationToken) ?? throw Refusal.Call(_log.For(call), StatusCode.NotFound, "bundle not found");
            return BundleConversion.ToApi(bundle, request.OutputMask);
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(_log.For(call), "failed to fetch bundle", error);
        }
    }

    private async Task<CountBundlesResponse> CountAsync(CountBundlesRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        try
        {
            return new CountBundlesResponse { Count = await _bundles.CountAsync(cancellationToken) };
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(_log.For(call), "failed to count bundles", error);
        }
    }

    private async Task<Bundle> AppendAsync(AppendBundleRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        if (request.JwtAuthorities.Count == 0 && request.X509Authorities.Count == 0)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "no authorities to append");
        }

        var added = new StoredBundle { TrustDomainId = _trustDomain.Id.ToString() };
        added.JwtSigningKeys.Add(Read("failed to convert JWT authority", () => BundleConversion.ReadJwt(request.JwtAuthorities), log));
        added.RootCas.Add(Read("failed to convert X.509 authority", () => BundleConversion.ReadX509(request.X509Authorities), log));
        try
        {
            return BundleConversion.ToApi(await _bundles.AppendAsync(added, cancellationToken), request.OutputMask);
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, "failed to append bundle", error);
        }
    }

    private async Task<PublishJWTAuthorityResponse> PublishJwtAsync(PublishJWTAuthorityRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        await Limited.WaitAsync(_limits.KeyPublishing, call, 1, "key publishing rate limiting", log, cancellationToken);
        if (request.JwtAuthority is null)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "missing JWT authority");
        }

        var added = new StoredBundle { TrustDomainId = _trustDomain.Id.ToString() };
        added.JwtSigningKeys.Add(Read("invalid JWT authority", () => BundleConversion.ReadJwt([request.JwtAuthority]), log));
        try
        {
            var bundle = await _bundles.AppendAsync(added, cancellationToken);
            return new PublishJWTAuthorityResponse { JwtAuthorities = { bundle.JwtSigningKeys.Select(BundleConversion.ToApi) } };
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, "failed to publish JWT key", error);
        }
    }

    private static T Read<T>(string problem, Func<T> read, Logger log)
    {
        try
        {
            return read();
        }
        catch (CryptographicException error)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, problem, error.Message);
        }
    }
}
