using EmbeddedSpire.Agent.Caching;
using EmbeddedSpire.Logging;

namespace EmbeddedSpire.Agent.Workloads;

/// <summary>Sees to it that no two of a workload's identities have the same hint.</summary>
internal static class Hints
{
    /// <summary>Leaves out identities whose hint an older entry has too; entries of the same second rank by their ids.</summary>
    /// <typeparam name="T">What has an entry.</typeparam>
    /// <param name="all">All identities.</param>
    /// <param name="entryOf">Returns the entry of one.</param>
    /// <param name="log">Told of those that are left out.</param>
    /// <returns>The others, in their order.</returns>
    public static IReadOnlyList<T> Distinct<T>(IReadOnlyList<T> all, Func<T, CachedEntry> entryOf, Logger log)
    {
        var kept = all.Select(entryOf).Where(entry => entry.Hint.Length > 0).GroupBy(entry => entry.Hint)
            .ToDictionary(group => group.Key, group => group.OrderBy(entry => entry.CreatedAt).ThenBy(entry => entry.Id, StringComparer.Ordinal).First().Id);
        return [.. all.Where(one =>
        {
            var entry = entryOf(one);
            var isKept = entry.Hint.Length == 0 || kept[entry.Hint] == entry.Id;
            if (!isKept)
            {
                log.Warn("Ignoring entry with duplicate hint", ("hint", entry.Hint), ("entry_id", entry.Id));
            }

            return isKept;
        })];
    }
}
