using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Validation.Environments.Tests.Cluster.Kit;

/// <summary>An API server with one Kubernetes node, <c>node-b</c>, no namespaces, and pods of which one is under a disruption budget.</summary>
internal sealed class NodeApiStandIn : IAsyncDisposable
{
    private readonly WebApplication _application;
    private int _version = 41;

    private NodeApiStandIn(WebApplication application) => _application = application;

    /// <summary>Gets where it listens.</summary>
    public string Url => _application.Urls.Single();

    /// <summary>Gets the Kubernetes node.</summary>
    public JsonObject Node { get; private set; } = new()
    {
        ["kind"] = "Node",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject { ["name"] = "node-b", ["resourceVersion"] = "41", ["labels"] = new JsonObject { ["zone"] = "one" } },
        ["spec"] = new JsonObject { ["podCIDR"] = "10.1.0.0/24" },
    };

    /// <summary>Gets the evictions that were asked for.</summary>
    public List<JsonObject> Evictions { get; } = [];

    /// <summary>Gets or sets how often somebody else writes to the Kubernetes node just before a patch arrives.</summary>
    public int Disturbances { get; set; }

    public static async Task<NodeApiStandIn> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var standIn = new NodeApiStandIn(builder.Build());
        standIn.Map();
        await standIn._application.StartAsync();
        return standIn;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static IResult Refuse(int code, string reason, string message) => Results.Json(
        new { kind = "Status", apiVersion = "v1", status = "Failure", reason, message, code }, statusCode: code);

    private static void Merge(JsonObject into, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                into.Remove(name);
            }
            else if (value is JsonObject inner)
            {
                Merge((JsonObject)(into[name] ??= new JsonObject()), inner);
            }
            else
            {
                into[name] = value.DeepClone();
            }
        }
    }

    private void Map()
    {
        _application.MapGet("/version", () => Results.Json(new { major = "1", minor = "31", gitVersion = "v1.31.0" }));
        _application.MapGet("/api", () => Results.Json(new { kind = "APIVersions", versions = new[] { "v1" } }));
        _application.MapGet("/apis", () => Results.Json(new { kind = "APIGroupList", apiVersion = "v1", groups = Array.Empty<object>() }));
        _application.MapGet("/api/v1", () => Results.Json(new
        {
            kind = "APIResourceList",
            apiVersion = "v1",
            groupVersion = "v1",
            resources = new[]
            {
                new { name = "nodes", singularName = "node", namespaced = false, kind = "Node", verbs = new[] { "get", "list", "patch" } },
                new { name = "namespaces", singularName = "namespace", namespaced = false, kind = "Namespace", verbs = new[] { "get" } },
            },
        }));
        _application.MapGet("/api/v1/nodes", (string? labelSelector) => Results.Json(new
        {
            kind = "NodeList",
            apiVersion = "v1",
            metadata = new { resourceVersion = "1" },
            items = labelSelector is null || labelSelector == $"validation/cordoned-for={Node["metadata"]!["labels"]!["validation/cordoned-for"]}" ? new[] { Node } : [],
        }));
        _application.MapGet("/api/v1/nodes/node-b", () => Results.Json(Node));
        _application.MapPatch("/api/v1/nodes/node-b", PatchAsync);
        _application.MapPost("/api/v1/namespaces/spire-validation/pods/{pod}/eviction", EvictAsync);
        _application.MapFallback(() => Refuse(404, "NotFound", "not found"));
    }

    private async Task<IResult> PatchAsync(HttpRequest request)
    {
        if (request.ContentType != "application/merge-patch+json")
        {
            return Refuse(415, "UnsupportedMediaType", request.ContentType ?? "nothing");
        }

        if (Disturbances-- > 0)
        {
            Node["metadata"]!["resourceVersion"] = $"{++_version}";
        }

        var patch = (await JsonSerializer.DeserializeAsync<JsonObject>(request.Body))!;
        if ((string?)patch["metadata"]!["resourceVersion"] != (string?)Node["metadata"]!["resourceVersion"])
        {
            return Refuse(409, "Conflict", "Operation cannot be fulfilled on nodes \"node-b\": the object has been modified; please apply your changes to the latest version and try again");
        }

        var changed = (JsonObject)Node.DeepClone();
        Merge(changed, patch);
        changed["metadata"]!["resourceVersion"] = $"{++_version}";
        Node = changed;
        return Results.Json(Node);
    }

    private async Task<IResult> EvictAsync(string pod, HttpRequest request)
    {
        Evictions.Add((await JsonSerializer.DeserializeAsync<JsonObject>(request.Body))!);
        return pod == "spire-server-3"
            ? Refuse(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.")
            : Results.Json(new { kind = "Status", apiVersion = "v1", status = "Success" }, statusCode: 201);
    }
}
