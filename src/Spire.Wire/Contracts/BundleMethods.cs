using Spire.Wire.Contracts.Bundles;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;

namespace Spire.Wire.Contracts;

/// <summary>The server's <c>Bundle</c> service: the authorities of its own trust domain and of others.</summary>
public static class BundleMethods
{
    private const string Service = "spire.api.server.bundle.v1.Bundle";

    /// <summary>Tells how many bundles there are, the own one included. For administrators.</summary>
    public static UnaryMethod<CountBundlesRequest, CountBundlesResponse> CountBundles { get; } = new(Service, nameof(CountBundles));

    /// <summary>Returns the own bundle. For everyone.</summary>
    public static UnaryMethod<GetBundleRequest, Bundle> GetBundle { get; } = new(Service, nameof(GetBundle));

    /// <summary>Adds authorities to the own bundle. For administrators.</summary>
    public static UnaryMethod<AppendBundleRequest, Bundle> AppendBundle { get; } = new(Service, nameof(AppendBundle));

    /// <summary>Adds a JWT key to the own bundle. For downstream servers.</summary>
    public static UnaryMethod<PublishJWTAuthorityRequest, PublishJWTAuthorityResponse> PublishJWTAuthority { get; } =
        new(Service, nameof(PublishJWTAuthority));

    /// <summary>Adds a WIT key to the own bundle. For downstream servers.</summary>
    public static UnaryMethod<PublishWITAuthorityRequest, PublishWITAuthorityResponse> PublishWITAuthority { get; } =
        new(Service, nameof(PublishWITAuthority));

    /// <summary>Lists the bundles of other trust domains, page by page. For administrators.</summary>
    public static UnaryMethod<ListFederatedBundlesRequest, ListFederatedBundlesResponse> ListFederatedBundles { get; } =
        new(Service, nameof(ListFederatedBundles));

    /// <summary>Returns the bundle of another trust domain. For administrators and agents.</summary>
    public static UnaryMethod<GetFederatedBundleRequest, Bundle> GetFederatedBundle { get; } =
        new(Service, nameof(GetFederatedBundle));

    /// <summary>Adds bundles of other trust domains. For administrators.</summary>
    public static UnaryMethod<BatchCreateFederatedBundleRequest, BatchCreateFederatedBundleResponse> BatchCreateFederatedBundle { get; } =
        new(Service, nameof(BatchCreateFederatedBundle));

    /// <summary>Changes bundles of other trust domains. For administrators.</summary>
    public static UnaryMethod<BatchUpdateFederatedBundleRequest, BatchUpdateFederatedBundleResponse> BatchUpdateFederatedBundle { get; } =
        new(Service, nameof(BatchUpdateFederatedBundle));

    /// <summary>Adds or replaces bundles of other trust domains. For administrators.</summary>
    public static UnaryMethod<BatchSetFederatedBundleRequest, BatchSetFederatedBundleResponse> BatchSetFederatedBundle { get; } =
        new(Service, nameof(BatchSetFederatedBundle));

    /// <summary>Deletes bundles of other trust domains. For administrators.</summary>
    public static UnaryMethod<BatchDeleteFederatedBundleRequest, BatchDeleteFederatedBundleResponse> BatchDeleteFederatedBundle { get; } =
        new(Service, nameof(BatchDeleteFederatedBundle));
}
