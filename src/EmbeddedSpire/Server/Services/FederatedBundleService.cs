using System.Security.Cryptography;
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

/// <summary>The bundles of other trust domains, which administrators put here.</summary>
internal sealed class FederatedBundleService
{
    private readonly TrustDomain _trustDomain;
    private readonly BundleStore _bundles;
    private readonly Logger _log;

    /// <summary>Creates the service.</summary>
    public FederatedBundleService(TrustDomain trustDomain, BundleStore bundles, Logger log)
    {
        _trustDomain = trustDomain;
        _bundles = bundles;
        _log = log;
    }

    /// <summary>Adds its methods.</summary>
    public void Map(GrpcHandlers handlers)
    {
        handlers.Map(BundleMethods.ListFederatedBundles, ListAsync);
        handlers.Map(BundleMethods.GetFederatedBundle, GetAsync);
        handlers.Map(BundleMethods.BatchCreateFederatedBundle, CreateAsync);
        handlers.Map(BundleMethods.BatchUpdateFederatedBundle, UpdateAsync);
        handlers.Map(BundleMethods.BatchSetFederatedBundle, SetAsync);
        handlers.Map(BundleMethods.BatchDeleteFederatedBundle, DeleteAsync);
    }

    private async Task<ListFederatedBundlesResponse> ListAsync(ListFederatedBundlesRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        try
        {
            var (bundles, next) = await _bundles.ListAsync(Page.Of(request.PageSize, request.PageToken), cancellationToken);
            return new ListFederatedBundlesResponse
            {
                Bundles = { bundles.Where(bundle => bundle.TrustDomainId != _trustDomain.Id.ToString()).Select(bundle => BundleConversion.ToApi(bundle, request.OutputMask)) },
                NextPageToken = next,
            };
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(_log.For(call), "failed to list bundles", error);
        }
    }

    private async Task<Bundle> GetAsync(GetFederatedBundleRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        if (!TrustDomain.TryParse(request.TrustDomain, out var trustDomain, out var problem))
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "trust domain argument is not valid", problem);
        }

        if (trustDomain == _trustDomain)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "getting a federated bundle for the server's own trust domain is not allowed");
        }

        try
        {
            var bundle = await _bundles.FetchAsync(trustDomain.Id.ToString(), cancellationToken) ?? throw Refusal.Call(log, StatusCode.NotFound, "bundle not found");
            return BundleConversion.ToApi(bundle, request.OutputMask);
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, "failed to fetch bundle", error);
        }
    }

    private async Task<BatchCreateFederatedBundleResponse> CreateAsync(BatchCreateFederatedBundleRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var response = new BatchCreateFederatedBundleResponse();
        foreach (var bundle in request.Bundle)
        {
            var (status, stored) = await StoreAsync(bundle, "creating", "unable to create bundle", given => _bundles.CreateAsync(given, cancellationToken), _log.For(call));
            response.Results.Add(new BatchCreateFederatedBundleResponse.Types.Result { Status = status, Bundle = Masked(stored, request.OutputMask) });
        }

        return response;
    }

    private async Task<BatchUpdateFederatedBundleResponse> UpdateAsync(BatchUpdateFederatedBundleRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var response = new BatchUpdateFederatedBundleResponse();
        foreach (var bundle in request.Bundle)
        {
            var (status, stored) = await StoreAsync(
                bundle,
                "updating",
                "failed to update bundle",
                given => _bundles.UpdateAsync(given.TrustDomainId, old => Change(old, given, request.InputMask), cancellationToken),
                _log.For(call));
            response.Results.Add(new BatchUpdateFederatedBundleResponse.Types.Result { Status = status, Bundle = Masked(stored, request.OutputMask) });
        }

        return response;
    }

    private async Task<BatchSetFederatedBundleResponse> SetAsync(BatchSetFederatedBundleRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var response = new BatchSetFederatedBundleResponse();
        foreach (var bundle in request.Bundle)
        {
            var (status, stored) = await StoreAsync(bundle, "setting", "failed to set bundle", given => _bundles.SetAsync(given, cancellationToken), _log.For(call));
            response.Results.Add(new BatchSetFederatedBundleResponse.Types.Result { Status = status, Bundle = Masked(stored, request.OutputMask) });
        }

        return response;
    }

    private async Task<BatchDeleteFederatedBundleResponse> DeleteAsync(BatchDeleteFederatedBundleRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        var deletion = request.Mode switch
        {
            BatchDeleteFederatedBundleRequest.Types.Mode.Restrict => BundleDeletion.Restrict,
            BatchDeleteFederatedBundleRequest.Types.Mode.Delete => BundleDeletion.Delete,
            BatchDeleteFederatedBundleRequest.Types.Mode.Dissociate => BundleDeletion.Dissociate,
            _ => throw Refusal.Call(log, StatusCode.InvalidArgument, "failed to parse deletion mode", $"unhandled delete mode \"{(int)request.Mode}\""),
        };
        var response = new BatchDeleteFederatedBundleResponse();
        foreach (var name in request.TrustDomains)
        {
            response.Results.Add(new BatchDeleteFederatedBundleResponse.Types.Result
            {
                TrustDomain = name,
                Status = await DeleteOneAsync(name, deletion, log, cancellationToken),
            });
        }

        return response;
    }

    private async Task<Status> DeleteOneAsync(string name, BundleDeletion deletion, Logger log, CancellationToken cancellationToken)
    {
        if (!TrustDomain.TryParse(name, out var trustDomain, out var problem))
        {
            return Refusal.Item(log, StatusCode.InvalidArgument, "trust domain argument is not valid", problem);
        }

        if (trustDomain == _trustDomain)
        {
            return Refusal.Item(log, StatusCode.InvalidArgument, "removing the bundle for the server trust domain is not allowed");
        }

        try
        {
            await _bundles.DeleteAsync(trustDomain.Id.ToString(), deletion, cancellationToken);
            return Refusal.Ok;
        }
        catch (DatastoreException error)
        {
            return error.Code == StatusCode.NotFound
                ? Refusal.Item(log, StatusCode.NotFound, "bundle not found")
                : Refusal.Item(log, error.Code, "failed to delete federated bundle", error.Message);
        }
    }

    /// <summary>Checks a bundle and has it stored.</summary>
    private async Task<(Status Status, StoredBundle? Stored)> StoreAsync(
        Bundle bundle, string doing, string failure, Func<StoredBundle, Task<StoredBundle>> store, Logger log)
    {
        if (!TrustDomain.TryParse(bundle.TrustDomain, out var trustDomain, out var problem))
        {
            return (Refusal.Item(log, StatusCode.InvalidArgument, "trust domain argument is not valid", problem), null);
        }

        if (trustDomain == _trustDomain)
        {
            return (Refusal.Item(log, StatusCode.InvalidArgument, $"{doing} a federated bundle for the server's own trust domain is not allowed"), null);
        }

        try
        {
            return (Refusal.Ok, await store(BundleConversion.FromApi(trustDomain, bundle)));
        }
        catch (CryptographicException error)
        {
            return (Refusal.Item(log, StatusCode.InvalidArgument, "failed to convert bundle", error.Message), null);
        }
        catch (DatastoreException error)
        {
            return (error.Code switch
            {
                StatusCode.AlreadyExists => Refusal.Item(log, StatusCode.AlreadyExists, "bundle already exists"),
                StatusCode.NotFound => Refusal.Item(log, StatusCode.NotFound, "bundle not found"),
                _ => Refusal.Item(log, StatusCode.Internal, failure, error.Message),
            }, null);
        }
    }

    private static Bundle? Masked(StoredBundle? stored, BundleMask? mask) => stored is null ? null : BundleConversion.ToApi(stored, mask);

    private static void Change(StoredBundle old, StoredBundle given, BundleMask? mask)
    {
        if (mask?.X509Authorities ?? true)
        {
            old.RootCas.Clear();
            old.RootCas.Add(given.RootCas);
        }

        if (mask?.JwtAuthorities ?? true)
        {
            old.JwtSigningKeys.Clear();
            old.JwtSigningKeys.Add(given.JwtSigningKeys);
        }

        old.RefreshHint = mask?.RefreshHint ?? true ? given.RefreshHint : old.RefreshHint;
        old.SequenceNumber = mask?.SequenceNumber ?? true ? given.SequenceNumber : old.SequenceNumber;
    }
}
