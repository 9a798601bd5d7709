using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Validation.Environments.Tests.Cluster.Manifests;

/// <summary>An API server of an empty cluster, as far as <c>kubectl apply --dry-run=client</c> asks one.</summary>
internal sealed class ApiServerStandIn : IAsyncDisposable
{
    private readonly ApiSchema _schema;
    private readonly WebApplication _application;

    private ApiServerStandIn(ApiSchema schema, WebApplication application) => (_schema, _application) = (schema, application);

    /// <summary>Gets where it listens.</summary>
    public string Url => _application.Urls.Single();

    public static async Task<ApiServerStandIn> StartAsync(ApiSchema schema)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var standIn = new ApiServerStandIn(schema, builder.Build());
        standIn.Map();
        await standIn._application.StartAsync();
        return standIn;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private void Map()
    {
        var groups = _schema.Kinds.Where(kind => kind.Group.Length > 0).GroupBy(kind => kind.GroupVersion).ToList();
        _application.MapGet("/version", () => Results.Json(new { major = "1", minor = "31", gitVersion = "v1.31.0" }));
        _application.MapGet("/openapi/v2", () =>
            Results.Bytes(OpenApiMessage.Write(_schema), "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"));
        _application.MapGet("/api", () => Results.Json(new { kind = "APIVersions", versions = new[] { "v1" } }));
        _application.MapGet("/apis", () => Results.Json(new
        {
            kind = "APIGroupList",
            apiVersion = "v1",
            groups = groups.Select(group => new
            {
                name = group.First().Group,
                versions = new[] { new { groupVersion = group.Key, version = group.First().Version } },
                preferredVersion = new { groupVersion = group.Key, version = group.First().Version },
            }),
        }));
        _application.MapGet("/api/v1", () => Resources("v1"));
        foreach (var group in groups)
        {
            _application.MapGet($"/apis/{group.Key}", () => Resources(group.Key));
        }

        _application.MapFallback(() => Results.Json(
            new { kind = "Status", apiVersion = "v1", status = "Failure", reason = "NotFound", code = 404 }, statusCode: StatusCodes.Status404NotFound));
    }

    private IResult Resources(string groupVersion) => Results.Json(new
    {
        kind = "APIResourceList",
        apiVersion = "v1",
        groupVersion,
        resources = _schema.Kinds.Where(kind => kind.GroupVersion == groupVersion).Select(kind => new
        {
            name = kind.Resource,
            singularName = string.Empty,
            namespaced = kind.IsNamespaced,
            kind = kind.Kind,
            verbs = new[] { "create", "delete", "get", "list", "patch", "update", "watch" },
        }),
    });
}
