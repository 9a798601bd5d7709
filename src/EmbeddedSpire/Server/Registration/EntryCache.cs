using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;

namespace EmbeddedSpire.Server.Registration;

/// <summary>All entries as they were when the cache was built, ready for the question which of them belong to an agent.</summary>
internal sealed class EntryCache
{
    private const string ServerPath = "/spire/server";

    private static readonly List<CachedEntry> None = [];
    private static readonly List<string> NoAliases = [];

    private readonly Dictionary<string, List<CachedEntry>> _byParent;
    private readonly Dictionary<string, List<string>> _aliases;

    private EntryCache(Dictionary<string, List<CachedEntry>> byParent, Dictionary<string, List<string>> aliases) => (_byParent, _aliases) = (byParent, aliases);

    /// <summary>Gets a cache without entries.</summary>
    public static EntryCache Empty { get; } = new([], []);

    /// <summary>Builds a cache.</summary>
    /// <param name="trustDomain">Entries of other trust domains are left out.</param>
    /// <param name="entries">All entries.</param>
    /// <param name="agentSelectors">The selectors of every agent, by complete SPIFFE id.</param>
    public static EntryCache Build(
        TrustDomain trustDomain, IEnumerable<Entry> entries, IReadOnlyDictionary<string, HashSet<(string Type, string Value)>> agentSelectors)
    {
        var byParent = new Dictionary<string, List<CachedEntry>>();
        var aliases = new Dictionary<(string Type, string Value), List<Alias>>();
        foreach (var entry in entries)
        {
            if (entry.ParentId.TrustDomain != trustDomain.Name || entry.SpiffeId.TrustDomain != trustDomain.Name)
            {
                continue;
            }

            if (entry.ParentId.Path == ServerPath)
            {
                // Whoever matches an alias has its first selector; that is how candidates are found.
                var alias = new Alias(entry.SpiffeId.Path, [.. entry.Selectors.Select(selector => (selector.Type, selector.Value))]);
                foreach (var selector in alias.Selectors.Take(1))
                {
                    ListOf(aliases, selector).Add(alias);
                }
            }
            else
            {
                ListOf(byParent, entry.ParentId.Path).Add(new CachedEntry(entry));
            }
        }

        return new EntryCache(byParent, AliasesOfAgents(trustDomain, aliases, agentSelectors));
    }

    /// <summary>Returns the entries of an agent: those below it, and below those.</summary>
    public List<CachedEntry> EntriesOf(SpiffeId agent)
    {
        var found = new List<CachedEntry>();
        Crawl(agent.Path, [], found.Add);
        return found;
    }

    /// <summary>Returns those of an agent's entries that have one of these ids.</summary>
    public Dictionary<string, CachedEntry> Find(SpiffeId agent, HashSet<string> entryIds)
    {
        var found = new Dictionary<string, CachedEntry>();
        Crawl(agent.Path, [], entry =>
        {
            if (entryIds.Contains(entry.Id))
            {
                found[entry.Id] = entry;
            }
        });
        return found;
    }

    private static Dictionary<string, List<string>> AliasesOfAgents(
        TrustDomain trustDomain,
        Dictionary<(string Type, string Value), List<Alias>> aliases,
        IReadOnlyDictionary<string, HashSet<(string Type, string Value)>> agentSelectors)
    {
        if (aliases.Count == 0)
        {
            return [];
        }

        var prefix = trustDomain.Id.ToString();
        var byAgent = new Dictionary<string, List<string>>();
        foreach (var (agent, selectors) in agentSelectors)
        {
            if (!agent.StartsWith(prefix + "/", StringComparison.Ordinal))
            {
                continue;
            }

            var matching = selectors.SelectMany(selector => aliases.TryGetValue(selector, out var candidates) ? candidates : [])
                .Where(alias => selectors.IsSupersetOf(alias.Selectors)).Select(alias => alias.Path).ToList();
            if (matching.Count > 0)
            {
                byAgent[agent[prefix.Length..]] = matching;
            }
        }

        return byAgent;
    }

    private static List<TValue> ListOf<TKey, TValue>(Dictionary<TKey, List<TValue>> lists, TKey key)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out var list))
        {
            lists[key] = list = [];
        }

        return list;
    }

    private void Crawl(string parent, HashSet<string> seen, Action<CachedEntry> visit)
    {
        if (!seen.Add(parent))
        {
            return;
        }

        foreach (var entry in _byParent.GetValueOrDefault(parent, None))
        {
            visit(entry);
            Crawl(entry.SpiffeId.Path, seen, visit);
        }

        foreach (var alias in _aliases.GetValueOrDefault(parent, NoAliases))
        {
            Crawl(alias, seen, visit);
        }
    }

    private sealed record Alias(string Path, (string Type, string Value)[] Selectors);
}
