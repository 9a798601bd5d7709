using System.Globalization;

namespace Validation.Environments.Network;

/// <summary>What is told to <c>nft</c>. Each script is one transaction: all of it happens, or nothing.</summary>
/// <remarks>
/// Two sets hold the same pairs. The one that decides has a timeout, and an element is renewed by deleting and adding
/// it, which would reset a counter on it; so a second set, whose elements stay, counts.
/// </remarks>
internal static class NftScript
{
    /// <summary>The table, which belongs to the harness alone.</summary>
    public const string Table = "inet validation";

    /// <summary>The hook in which a router drops packets between others.</summary>
    public const string Forwarded = "forward";

    /// <summary>The hook in which the receiver itself drops them.</summary>
    public const string Received = "input";

    /// <summary>
    /// Makes the table, in the place of one that an earlier harness may have left. Packets are dropped where they are
    /// forwarded or received, never where they are sent: the sender would get an error instead of silence.
    /// </summary>
    /// <remarks>One statement a line: the parser of nft 1.0.6 needs it.</remarks>
    /// <param name="hook"><see cref="Forwarded"/> or <see cref="Received"/>.</param>
    public static string MakeTable(string hook) =>
        $$"""
        {{RemoveTableIfAny}}table {{Table}} {
          set cut {
            type ipv4_addr . ipv4_addr
            flags timeout
          }
          set hits {
            type ipv4_addr . ipv4_addr
            counter
          }
          chain dropped {
            ip saddr . ip daddr @hits drop
            drop
          }
          chain {{hook}} {
            type filter hook {{hook}} priority filter
            policy accept
            ip saddr . ip daddr @cut goto dropped
          }
        }

        """;

    /// <summary>Removes the table and with it every cut.</summary>
    public const string RemoveTable = $"delete table {Table}\n";

    /// <summary>Removes the table where there is one.</summary>
    public const string RemoveTableIfAny = $"add table {Table}\n{RemoveTable}";

    /// <summary>Cuts pairs.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="alreadyCut">Those of them that the kernel has already; they are renewed.</param>
    /// <param name="lease">After which time the kernel heals them.</param>
    public static string Cut(IEnumerable<AddressPair> pairs, IReadOnlySet<AddressPair> alreadyCut, TimeSpan lease) =>
        string.Concat(pairs.Select(pair =>
            $"add element {Table} hits {{ {pair} }}\n"
            + (alreadyCut.Contains(pair) ? Renew([pair], lease) : Add(pair, lease))));

    /// <summary>Renews the lease of pairs that are cut. Fails when one of them is not.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="lease">After which time the kernel heals them.</param>
    public static string Renew(IEnumerable<AddressPair> pairs, TimeSpan lease) =>
        string.Concat(pairs.Select(pair => $"delete element {Table} cut {{ {pair} }}\n{Add(pair, lease)}"));

    /// <summary>Heals pairs.</summary>
    /// <param name="cut">Those that the kernel still has as cut.</param>
    /// <param name="counted">Those that it still counts.</param>
    public static string Heal(IEnumerable<AddressPair> cut, IEnumerable<AddressPair> counted) =>
        string.Concat(cut.Select(pair => $"delete element {Table} cut {{ {pair} }}\n"))
        + string.Concat(counted.Select(pair => $"delete element {Table} hits {{ {pair} }}\n"));

    private static string Add(AddressPair pair, TimeSpan lease) => string.Create(
        CultureInfo.InvariantCulture, $"add element {Table} cut {{ {pair} timeout {(long)lease.TotalMilliseconds}ms }}\n");
}
