using System.Text.Json.Nodes;
using Validation.Core.Stacks;

namespace Validation.Environments.Cluster.Deployment;

/// <summary>The objects of a stack, in the portions in which they are applied one after the other.</summary>
/// <param name="Namespaces">The namespaces, of which those are made that are missing.</param>
/// <param name="Ground">Everything but SPIRE.</param>
/// <param name="FirstServer">The SPIRE servers, only one of them: two would make the tables at the same time and fail.</param>
/// <param name="Agents">The SPIRE agents, which need the authorities of all servers.</param>
internal sealed record StartPortions(ManifestSet Namespaces, ManifestSet Ground, ManifestSet FirstServer, ManifestSet Agents)
{
    /// <summary>Divides the objects of a stack.</summary>
    /// <param name="all">All of them.</param>
    public static StartPortions Of(ManifestSet all) => new(
        all.Where(IsNamespace),
        all.Where(one => !IsNamespace(one) && !IsServers(one) && !IsAgents(one)),
        new ManifestSet([.. all.Objects.Where(IsServers).Select(WithOneServer)]),
        all.Where(IsAgents));

    private static bool IsNamespace(JsonObject manifest) => ManifestSet.Kind(manifest) == "Namespace";

    private static bool IsServers(JsonObject manifest) => ManifestSet.Is(manifest, "StatefulSet", Roles.SpireServer);

    private static bool IsAgents(JsonObject manifest) => ManifestSet.Is(manifest, "DaemonSet", Roles.SpireAgent);

    private static JsonObject WithOneServer(JsonObject manifest)
    {
        var first = (JsonObject)manifest.DeepClone();
        first["spec"]!["replicas"] = 1;
        return first;
    }
}
