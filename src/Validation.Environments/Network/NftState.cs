using System.Net;
using System.Text;
using System.Text.Json;

namespace Validation.Environments.Network;

/// <summary>What the kernel holds in the harness's table at one moment.</summary>
/// <param name="Cut">The pairs that are cut.</param>
/// <param name="Hits">How many packets were dropped on each counted pair.</param>
/// <param name="Rules">Chains and rules as text, to see whether somebody changed them.</param>
internal sealed record NftState(IReadOnlySet<AddressPair> Cut, IReadOnlyDictionary<AddressPair, long> Hits, string Rules)
{
    /// <summary>Reads the listing of the table.</summary>
    /// <param name="json">What <c>nft -j list table</c> wrote.</param>
    public static NftState Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var cut = new HashSet<AddressPair>();
        var hits = new Dictionary<AddressPair, long>();
        var rules = new StringBuilder();
        foreach (var item in document.RootElement.GetProperty("nftables").EnumerateArray())
        {
            if (item.TryGetProperty("set", out var set))
            {
                ReadSet(set, cut, hits);
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

        return new NftState(cut, hits, rules.ToString());
    }

    private static void ReadSet(JsonElement set, HashSet<AddressPair> cut, Dictionary<AddressPair, long> hits)
    {
        if (!set.TryGetProperty("elem", out var elements))
        {
            return;
        }

        var isCut = set.GetProperty("name").GetString() == "cut";
        foreach (var element in elements.EnumerateArray().Select(element => element.GetProperty("elem")))
        {
            var sides = element.GetProperty("val").GetProperty("concat");
            var pair = new AddressPair(IPAddress.Parse(sides[0].GetString()!), IPAddress.Parse(sides[1].GetString()!));
            if (isCut)
            {
                cut.Add(pair);
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
