using System.Text.Json;

namespace Validation.Environments.Tests.Cluster.Manifests;

/// <summary>Questions about Kubernetes objects.</summary>
internal static class ManifestQueries
{
    /// <summary>Returns a value inside, or <c>undefined</c> when a part of the way is missing.</summary>
    public static JsonElement At(this JsonElement here, params string[] path)
    {
        foreach (var name in path)
        {
            if (here.ValueKind != JsonValueKind.Object || !here.TryGetProperty(name, out here))
            {
                return default;
            }
        }

        return here;
    }

    public static string? Text(this JsonElement here, params string[] path) =>
        here.At(path) is { ValueKind: not JsonValueKind.Undefined } found ? found.ToString() : null;

    public static IEnumerable<JsonElement> Items(this JsonElement here, params string[] path) =>
        here.At(path) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    public static string Kind(this JsonElement one) => one.Text("kind")!;

    public static string Name(this JsonElement one) => one.Text("metadata", "name")!;

    /// <summary>Returns <c>Kind/name</c>, for messages.</summary>
    public static string Title(this JsonElement one) => $"{one.Kind()}/{one.Name()}";

    public static JsonElement Find(this IEnumerable<JsonElement> objects, string kind, string name) =>
        objects.Single(one => one.Kind() == kind && one.Name() == name);

    /// <summary>Returns the objects that make pods.</summary>
    public static IEnumerable<JsonElement> Workloads(this IEnumerable<JsonElement> objects) =>
        objects.Where(one => one.At("spec", "template", "spec").ValueKind == JsonValueKind.Object);

    public static JsonElement Pod(this JsonElement workload) => workload.At("spec", "template", "spec");

    public static IEnumerable<JsonElement> Containers(this JsonElement workload) =>
        workload.Pod().Items("containers").Concat(workload.Pod().Items("initContainers"));

    public static JsonElement Container(this JsonElement workload, string name) =>
        workload.Containers().Single(container => container.Text("name") == name);

    /// <summary>Returns an object's fields as texts.</summary>
    public static Dictionary<string, string> Fields(this JsonElement here, params string[] path) =>
        here.At(path) is { ValueKind: JsonValueKind.Object } found
            ? found.EnumerateObject().ToDictionary(field => field.Name, field => field.Value.ToString())
            : [];
}
