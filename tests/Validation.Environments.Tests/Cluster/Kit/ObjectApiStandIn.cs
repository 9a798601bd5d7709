using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Validation.Environments.Tests.Cluster.Kit;

/// <summary>
/// An API server with one Kubernetes node, <c>node-b</c>, one StatefulSet, <c>spire-server</c>, no namespaces, and pods of
/// which one is under a disruption budget.
/// </summary>
internal sealed class ObjectApiStandIn : IAsyncDisposable
{
    private const string JsonPatch = "application/json-patch+json";
    private const string MergePatch = "application/merge-patch+json";
    private const string Pods = "/api/v1/namespaces/spire-validation/pods";
    private const string ConfigMaps = "/api/v1/namespaces/spire-validation/configmaps";
    private const string StatefulSets = "/apis/apps/v1/namespaces/spire-validation/statefulsets";

    private readonly Lock _gate = new();
    private readonly WebApplication _application;
    private int _version = 41;

    private ObjectApiStandIn(WebApplication application) => _application = application;

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

    /// <summary>Gets the StatefulSet.</summary>
    public JsonObject Set { get; private set; } = new()
    {
        ["kind"] = "StatefulSet",
        ["apiVersion"] = "apps/v1",
        ["metadata"] = new JsonObject { ["name"] = "spire-server", ["namespace"] = "spire-validation", ["resourceVersion"] = "41", ["labels"] = new JsonObject { ["app"] = "server" } },
        ["spec"] = new JsonObject
        {
            ["replicas"] = 3,
            ["serviceName"] = "spire-servers",
            ["selector"] = new JsonObject(),
            ["template"] = new JsonObject { ["metadata"] = new JsonObject(), ["spec"] = new JsonObject { ["containers"] = new JsonArray() } },
        },
    };

    /// <summary>Gets the ConfigMap <c>harness</c>; null as long as nobody has created it.</summary>
    public JsonObject? Claim { get; private set; }

    /// <summary>Gets how often somebody renewed a claim that was not theirs any more.</summary>
    public int RefusedRenewals { get; private set; }

    /// <summary>Gets the evictions that were asked for.</summary>
    public List<JsonObject> Evictions { get; } = [];

    /// <summary>Gets the changes that were asked for in the stack's namespace but evictions: <c>METHOD path body</c>.</summary>
    public List<string> Changes { get; } = [];

    /// <summary>Gets or sets how often somebody else writes to the Kubernetes node just before a patch arrives.</summary>
    public int Disturbances { get; set; }

    public static async Task<ObjectApiStandIn> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var standIn = new ObjectApiStandIn(builder.Build());
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
        var apps = new { groupVersion = "apps/v1", version = "v1" };
        _application.MapGet("/apis", () => Results.Json(new
        {
            kind = "APIGroupList",
            apiVersion = "v1",
            groups = new[] { new { name = "apps", versions = new[] { apps }, preferredVersion = apps } },
        }));
        _application.MapGet("/apis/apps/v1", () => Results.Json(new
        {
            kind = "APIResourceList",
            apiVersion = "v1",
            groupVersion = "apps/v1",
            resources = new object[]
            {
                new { name = "statefulsets", singularName = "statefulset", namespaced = true, kind = "StatefulSet", verbs = new[] { "get", "list", "patch" } },
                new { name = "statefulsets/scale", singularName = string.Empty, namespaced = true, group = "autoscaling", version = "v1", kind = "Scale", verbs = new[] { "get", "patch", "update" } },
            },
        }));
        _application.MapPost("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", () => Results.Json(
            new { kind = "SelfSubjectAccessReview", apiVersion = "authorization.k8s.io/v1", status = new { allowed = true } }, statusCode: 201));
        _application.MapGet(StatefulSets, () => Results.Json(new
        {
            kind = "StatefulSetList",
            apiVersion = "apps/v1",
            metadata = new { resourceVersion = "1" },
            items = Set["metadata"]!["labels"]!.AsObject().ContainsKey("validation/scaled-from") ? new[] { Set } : [],
        }));
        _application.MapGet($"{StatefulSets}/spire-server", () => Results.Json(Set));
        _application.MapGet($"{StatefulSets}/spire-server/scale", () => Scale(3));
        _application.MapPatch($"{StatefulSets}/spire-server", async (HttpRequest request) =>
        {
            if (request.ContentType == MergePatch)
            {
                return await PatchAsync(request, () => Set, changed => Set = changed);
            }

            await NoteAsync(request);
            return Results.Json(new { kind = "StatefulSet", apiVersion = "apps/v1", metadata = new { name = "spire-server" } });
        });
        _application.MapPatch($"{StatefulSets}/spire-server/scale", async (HttpRequest request) =>
        {
            await NoteAsync(request);
            return Scale(1);
        });
        _application.MapGet($"{Pods}/spire-server-2", () => Results.Json(new { kind = "Pod", apiVersion = "v1", metadata = new { name = "spire-server-2", uid = "uid-1" } }));
        _application.MapGet(Pods, () => Results.Json(new
        {
            kind = "PodList",
            apiVersion = "v1",
            metadata = new { resourceVersion = "1" },
            items = new[] { new { kind = "Pod", apiVersion = "v1", metadata = new { name = "a", uid = "uid-1" } }, new { kind = "Pod", apiVersion = "v1", metadata = new { name = "b", uid = "uid-2" } } },
        }));
        _application.MapDelete($"{Pods}/spire-server-2", async (HttpRequest request) =>
        {
            await NoteAsync(request);
            return Results.Json(new { kind = "Status", apiVersion = "v1", status = "Success" });
        });
        _application.MapGet("/api/v1", () => Results.Json(new
        {
            kind = "APIResourceList",
            apiVersion = "v1",
            groupVersion = "v1",
            resources = new[]
            {
                new { name = "pods", singularName = "pod", namespaced = true, kind = "Pod", verbs = new[] { "get", "list", "delete" } },
                new { name = "configmaps", singularName = "configmap", namespaced = true, kind = "ConfigMap", verbs = new[] { "get", "create", "patch" } },
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
        _application.MapPatch("/api/v1/nodes/node-b", (HttpRequest request) => PatchAsync(request, () => Node, changed => Node = changed));
        _application.MapPost(Pods + "/{pod}/eviction", EvictAsync);
        _application.MapGet($"{ConfigMaps}/harness", () => Claim is null ? Refuse(404, "NotFound", "configmaps \"harness\" not found") : Results.Json(Claim));
        _application.MapPost(ConfigMaps, CreateClaimAsync);
        _application.MapPatch($"{ConfigMaps}/harness", (HttpRequest request) =>
            request.ContentType == JsonPatch ? RenewAsync(request) : PatchAsync(request, () => Claim!, changed => Claim = changed));
        _application.MapFallback(() => Refuse(404, "NotFound", "not found"));
    }

    private static IResult Scale(int replicas) => Results.Json(new
    {
        kind = "Scale",
        apiVersion = "autoscaling/v1",
        metadata = new { name = "spire-server", @namespace = "spire-validation" },
        spec = new { replicas },
        status = new { replicas },
    });

    private async Task NoteAsync(HttpRequest request)
    {
        using var body = new StreamReader(request.Body);
        Changes.Add($"{request.Method} {request.Path} {await body.ReadToEndAsync()}");
    }

    // As in an API server, nobody else writes between the look at the version and the change.
    private async Task<IResult> PatchAsync(HttpRequest request, Func<JsonObject> find, Action<JsonObject> replace)
    {
        if (request.ContentType != MergePatch)
        {
            return Refuse(415, "UnsupportedMediaType", request.ContentType ?? "nothing");
        }

        var patch = (await JsonSerializer.DeserializeAsync<JsonObject>(request.Body))!;
        lock (_gate)
        {
            var found = find();
            if (Disturbances-- > 0)
            {
                found["metadata"]!["resourceVersion"] = $"{++_version}";
            }

            if ((string?)patch["metadata"]!["resourceVersion"] != (string?)found["metadata"]!["resourceVersion"])
            {
                return Refuse(409, "Conflict", "Operation cannot be fulfilled: the object has been modified; please apply your changes to the latest version and try again");
            }

            var changed = (JsonObject)found.DeepClone();
            Merge(changed, patch);
            changed["metadata"]!["resourceVersion"] = $"{++_version}";
            replace(changed);
            return Results.Json(changed);
        }
    }

    private async Task<IResult> CreateClaimAsync(HttpRequest request)
    {
        var created = (await JsonSerializer.DeserializeAsync<JsonObject>(request.Body))!;
        lock (_gate)
        {
            if (Claim is not null)
            {
                return Refuse(409, "AlreadyExists", "configmaps \"harness\" already exists");
            }

            created["metadata"]!["resourceVersion"] = $"{++_version}";
            Claim = created;
            return Results.Json(created, statusCode: 201);
        }
    }

    // A test of the run's label, then a new sign of life, as RFC 6902 writes it.
    private async Task<IResult> RenewAsync(HttpRequest request)
    {
        var steps = (await JsonSerializer.DeserializeAsync<JsonArray>(request.Body))!;
        lock (_gate)
        {
            if ((string)steps[0]!["op"]! != "test" || (string)steps[0]!["path"]! != "/metadata/labels/validation~1run" || (string?)steps[0]!["value"] != (string?)Claim!["metadata"]!["labels"]!["validation/run"])
            {
                RefusedRenewals++;
                return Refuse(422, "Invalid", "the server rejected our request due to an error in our request");
            }

            var renewed = (JsonObject)Claim.DeepClone();
            renewed["metadata"]!["annotations"]!["validation/alive"] = (string)steps[1]!["value"]!;
            renewed["metadata"]!["resourceVersion"] = $"{++_version}";
            Claim = renewed;
            return Results.Json(renewed);
        }
    }

    private async Task<IResult> EvictAsync(string pod, HttpRequest request)
    {
        Evictions.Add((await JsonSerializer.DeserializeAsync<JsonObject>(request.Body))!);
        return pod == "spire-server-3"
            ? Refuse(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.")
            : Results.Json(new { kind = "Status", apiVersion = "v1", status = "Success" }, statusCode: 201);
    }
}
