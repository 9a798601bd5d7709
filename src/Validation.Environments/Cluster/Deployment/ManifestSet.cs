using System.Text.Json;
using System.Text.Json.Nodes;

namespace Validation.Environments.Cluster.Deployment;

/// <summary>Kubernetes objects as they are given to <c>kubectl apply</c>.</summary>
/// <param name="Objects">The objects, in the order in which they are applied.</param>
internal sealed record ManifestSet(IReadOnlyList<JsonObject> Objects)
{
    /// <summary>Returns the objects that a condition is true for.</summary>
    /// <param name="isWanted">The condition.</param>
    public ManifestSet Where(Func<JsonObject, bool> isWanted) => new([.. Objects.Where(isWanted)]);

    /// <summary>Returns an object.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="HarnessException">There is none.</exception>
    public JsonObject Get(string kind, string name) => Objects.FirstOrDefault(found => Is(found, kind, name)) ?? throw new HarnessException(
        ExitCode.EnvironmentFailed, $"The manifests have no {kind} '{name}', and the harness needs it.", "They were changed; compare them with those that came with the harness.");

    /// <summary>Returns them as one object of kind <c>List</c>, for a program's standard input.</summary>
    public string ToJson() => new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "List",
        ["items"] = new JsonArray([.. Objects.Select(one => one.DeepClone())]),
    }.ToJsonString(new JsonSerializerOptions { WriteIndented = false });

    /// <summary>Returns <c>Kind/name</c>.</summary>
    /// <param name="manifest">An object.</param>
    public static string Describe(JsonObject manifest) => $"{Kind(manifest)}/{Name(manifest)}";

    /// <summary>Returns an object's kind.</summary>
    /// <param name="manifest">The object.</param>
    public static string Kind(JsonObject manifest) => (string?)manifest["kind"] ?? string.Empty;

    /// <summary>Returns an object's name.</summary>
    /// <param name="manifest">The object.</param>
    public static string Name(JsonObject manifest) => (string?)manifest["metadata"]?["name"] ?? string.Empty;

    /// <summary>Returns whether an object has a kind and a name.</summary>
    /// <param name="manifest">The object.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="name">The name.</param>
    public static bool Is(JsonObject manifest, string kind, string name) => Kind(manifest) == kind && Name(manifest) == name;
}
