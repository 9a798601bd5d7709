using System.Globalization;

namespace Validation.Environments.Network;

/// <summary>What is told to <c>nft</c> about one table. Each script is one transaction: all of it happens, or nothing.</summary>
/// <remarks>
/// Two sets hold the same pairs. The one that decides has a timeout, and an element is renewed by deleting and adding
/// it, which would reset a counter on it; so a second set, whose elements stay, counts.
/// </remarks>
internal sealed record NftScript
{
    /// <summary>What the names of the sets end in whose elements have a port.</summary>
    public const string PortSuffix = "_port";

    /// <summary>Drops packets where the receiver itself gets them.</summary>
    /// <remarks>Never where they are sent: the sender would get an error instead of silence.</remarks>
    public static NftScript Received { get; } = new() { Table = "inet validation", Hook = "input", Verdict = "drop", HasPorts = false };

    /// <summary>Gets the table, which belongs to the harness alone.</summary>
    public required string Table { get; init; }

    /// <summary>Gets the hook in which packets are looked at.</summary>
    public required string Hook { get; init; }

    /// <summary>Gets what turns any address of a node into the one that pairs have, in nft's language.</summary>
    /// <value>Defaults to nothing: a node has only one.</value>
    public string ToNode { get; init; } = string.Empty;

    /// <summary>Gets what happens to packets of the pairs.</summary>
    public required string Verdict { get; init; }

    /// <summary>Gets which packets are looked at, in nft's language.</summary>
    /// <value>Defaults to all.</value>
    public string Condition { get; init; } = string.Empty;

    /// <summary>Gets whether pairs may have a port.</summary>
    /// <value>Defaults to true.</value>
    public bool HasPorts { get; init; } = true;

    /// <summary>Gets what makes the table, in the place of one that an earlier harness may have left.</summary>
    /// <remarks>One statement a line: the parser of nft 1.0.6 needs it.</remarks>
    public string MakeTable =>
        $$"""
        {{RemoveTableIfAny}}table {{Table}} {
        {{Sets(string.Empty, string.Empty)}}{{(HasPorts ? Sets(PortSuffix, " . inet_service") : string.Empty)}}{{string.Concat(Matches.Select(Chain))}}  chain {{Hook}} {
            type filter hook {{Hook}} priority filter
            policy accept
        {{string.Concat(Matches.Select(match => $"    {Condition}{match.Match} @leased{match.Suffix} goto {match.Chain}\n"))}}  }
        }

        """;

    /// <summary>Gets what removes the table and with it everything that it does.</summary>
    public string RemoveTable => $"delete table {Table}\n";

    /// <summary>Gets what removes the table where there is one.</summary>
    public string RemoveTableIfAny => $"add table {Table}\n{RemoveTable}";

    private string Pair => $"ip saddr{ToNode} . ip daddr{ToNode}";

    // What the table tells packets by: how they are matched, and the chain for those that are.
    private IEnumerable<(string Match, string Suffix, string Chain)> Matches => HasPorts ? [ByPair, .. ByPort] : [ByPair];

    private (string Match, string Suffix, string Chain) ByPair => (Pair, string.Empty, "hit");

    private (string Match, string Suffix, string Chain)[] ByPort =>
        [($"{Pair} . th dport", PortSuffix, "hit_to_port"), ($"{Pair} . th sport", PortSuffix, "hit_from_port")];

    /// <summary>Adds pairs.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="already">Those of them that the kernel has already; they are renewed.</param>
    /// <param name="lease">After which time the kernel forgets them.</param>
    public string Lease(IEnumerable<AddressPair> pairs, IReadOnlySet<AddressPair> already, TimeSpan lease) =>
        string.Concat(pairs.Select(pair =>
            $"add element {Table} hits{SuffixOf(pair)} {{ {pair} }}\n"
            + (already.Contains(pair) ? Renew([pair], lease) : Add(pair, lease))));

    /// <summary>Renews the lease of pairs. Fails when the kernel does not have one of them.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="lease">After which time the kernel forgets them.</param>
    public string Renew(IEnumerable<AddressPair> pairs, TimeSpan lease) =>
        string.Concat(pairs.Select(pair => $"delete element {Table} leased{SuffixOf(pair)} {{ {pair} }}\n{Add(pair, lease)}"));

    /// <summary>Removes pairs.</summary>
    /// <param name="leased">Those that the kernel still has.</param>
    /// <param name="counted">Those that it still counts.</param>
    public string Heal(IEnumerable<AddressPair> leased, IEnumerable<AddressPair> counted) =>
        string.Concat(leased.Select(pair => $"delete element {Table} leased{SuffixOf(pair)} {{ {pair} }}\n"))
        + string.Concat(counted.Select(pair => $"delete element {Table} hits{SuffixOf(pair)} {{ {pair} }}\n"));

    private static string SuffixOf(AddressPair pair) => pair.Port is null ? string.Empty : PortSuffix;

    private static string Sets(string suffix, string port) =>
        $$"""
          set leased{{suffix}} {
            type ipv4_addr . ipv4_addr{{port}}
            flags timeout
          }
          set hits{{suffix}} {
            type ipv4_addr . ipv4_addr{{port}}
            counter
          }

        """;

    private string Chain((string Match, string Suffix, string Chain) form) =>
        $$"""
          chain {{form.Chain}} {
            {{form.Match}} @hits{{form.Suffix}} {{Verdict}}
            {{Verdict}}
          }

        """;

    private string Add(AddressPair pair, TimeSpan lease) => string.Create(
        CultureInfo.InvariantCulture, $"add element {Table} leased{SuffixOf(pair)} {{ {pair} timeout {(long)lease.TotalMilliseconds}ms }}\n");
}
