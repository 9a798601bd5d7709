using System.Text.Json.Nodes;

namespace Validation.Environments.Local.World;

/// <summary>nftables' rules of a namespace as text that is the same as long as the rules are.</summary>
internal static class RuleListing
{
    private const string OwnPrefix = "validation", LeasedPrefix = "leased";

    /// <summary>What moves by itself, or says where something stands and not what it is.</summary>
    private static readonly string[] Moving = ["handle", "packets", "bytes", "expires"];

    /// <summary>Writes a listing: all of foreign tables, and of the harness' own ones the pairs that they act on.</summary>
    /// <remarks>Its own tables are made when they are first needed, and act on nothing while no pair is leased.</remarks>
    /// <param name="json">What <c>nft -j list ruleset</c> wrote.</param>
    public static string Write(string json) =>
        string.Join('\n', JsonNode.Parse(json)!["nftables"]!.AsArray().SelectMany(item => item!.AsObject()).SelectMany(item => Lines(item.Key, item.Value!.AsObject())));

    private static IEnumerable<string> Lines(string kind, JsonObject item)
    {
        if (kind == "metainfo")
        {
            return [];
        }

        var table = (string)item[kind == "table" ? "name" : "table"]!;
        return !table.StartsWith(OwnPrefix, StringComparison.Ordinal) ? [$"{kind} {Still(item)!.ToJsonString()}"]
            : kind == "set" && ((string)item["name"]!).StartsWith(LeasedPrefix, StringComparison.Ordinal) && item["elem"] is JsonArray pairs
                ? pairs.Select(pair => $"{table} leased {Still(pair!["elem"]!["val"])!.ToJsonString()}")
            : [];
    }

    private static JsonNode? Still(JsonNode? node) => node switch
    {
        JsonObject part => new JsonObject(part.Where(field => !Moving.Contains(field.Key)).Select(field => KeyValuePair.Create(field.Key, Still(field.Value)))),
        JsonArray parts => new JsonArray([.. parts.Select(Still)]),
        _ => node?.DeepClone(),
    };
}
