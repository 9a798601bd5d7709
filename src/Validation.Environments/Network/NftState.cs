using System.Net;
using System.Text;
using System.Text.Json;

namespace Validation.Environments.Network;

/// <summary>What the kernel holds in a table of the harness at one moment.</summary>
/// <param name="Leased">The pairs whose lease runs.</param>
/// <param name="Hits">How many packets of each counted pair it was done to.</param>
/// <param name="Rules">Chains and rules as text, to see whether somebody changed them.</param>
internal sealed record NftState(IReadOnlySet<AddressPair> Leased, IReadOnlyDictionary<AddressPair, long> Hits, string Rules)
{
    /// <summary>Reads the listing of the table.</summary>
    /// <param name="json">What <c>nft -j list table</c> wrote.</param>
    public static NftState Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var leased = new HashSet<AddressPair>();
        var hits = new Dictionary<AddressPair, long>();
        var rules = new StringBuilder();
        foreach (var item in document.RootElement.GetProperty("nftables").EnumerateArray())
        {
            if (item.TryGetProperty("set", out var set))
            {
                ReadSet(set, leased, hits);
            }
            else if (item.TryGetProperty("chain", out var chain))
            {
                rules.AppendJoin(' ', "chain", Text(chain, "name"), Text(chain, "hook"), Text(chain, "prio"), Text(chain, "policy")).Append('\n');
            }
            else if (item.TryGetProperty("rule", out var rule))
            {
                rules.AppendJoin(' ', "rule", Text(rule, "chain"), Text(rule, "expr")).Append('\n');
            }
        }

        return new NftState(leased, hits, rules.ToString());
    }

    private static void ReadSet(JsonElement set, HashSet<AddressPair> leased, Dictionary<AddressPair, long> hits)
    {
        if (!set.TryGetProperty("elem", out var elements))
        {
            return;
        }

        var isLeased = set.GetProperty("name").GetString()!.StartsWith("leased", StringComparison.Ordinal);
        foreach (var element in elements.EnumerateArray().Select(element => element.GetProperty("elem")))
        {
            var sides = element.GetProperty("val").GetProperty("concat");
            var pair = new AddressPair(
                IPAddress.Parse(sides[0].GetString()!), IPAddress.Parse(sides[1].GetString()!), sides.GetArrayLength() > 2 ? sides[2].GetInt32() : null);
            if (isLeased)
            {
                leased.Add(pair);
            }
            else
            {
                hits[pair] = element.GetProperty("counter").GetProperty("packets").GetInt64();
            }
        }
    }

    private static string Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) ? value.GetRawText() : "-";
}
