using EmbeddedSpire.Logging;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Agent.Caching;

/// <summary>What one update has changed in the cache, and whom that concerns.</summary>
internal sealed class CacheChanges
{
    private readonly IReadOnlySet<string> _bundles;

    /// <summary>Begins to collect.</summary>
    /// <param name="bundles">The names of the trust domains whose bundles have changed.</param>
    public CacheChanges(IReadOnlySet<string> bundles) => _bundles = bundles;

    /// <summary>Gets the selectors of entries that have changed, as they were and as they are.</summary>
    public List<IReadOnlySet<WorkloadSelector>> Affected { get; } = [];

    /// <summary>Gets the ids of entries whose SVIDs are no longer what the server would sign.</summary>
    public HashSet<string> Outdated { get; } = [];

    /// <summary>Gets the number of new entries.</summary>
    public int Added { get; private set; }

    /// <summary>Gets the number of changed entries.</summary>
    public int Replaced { get; private set; }

    /// <summary>Gets or sets the number of entries that are gone.</summary>
    public int Removed { get; set; }

    /// <summary>Tells whether the bundle of a trust domain has changed.</summary>
    public bool ConcernsBundleOf(TrustDomain trustDomain) => _bundles.Contains(trustDomain.Name);

    /// <summary>Tells whether a bundle has changed that workloads of an entry get because of it.</summary>
    public bool ConcernsBundlesOf(CachedEntry entry) => entry.FederatesWith.Any(ConcernsBundleOf);

    /// <summary>Notes an entry.</summary>
    /// <param name="before">As it was; null when it is new.</param>
    /// <param name="after">As it is.</param>
    /// <param name="log">Told of the change.</param>
    public void Compare(CachedEntry? before, CachedEntry after, Logger log)
    {
        if (before is not null && before.RevisionNumber != after.RevisionNumber)
        {
            Outdated.Add(after.Id);
        }

        var selectorsChanged = before is null || !before.Selectors.SetEquals(after.Selectors);
        var bundlesChanged = before is null
            ? after.FederatesWith.Count > 0
            : !before.FederatesWith.ToHashSet().SetEquals(after.FederatesWith) || ConcernsBundlesOf(after);
        if (!selectorsChanged && !bundlesChanged)
        {
            return;
        }

        Affected.Add(after.Selectors);
        if (before is null)
        {
            Added++;
        }
        else
        {
            Replaced++;
            Affected.Add(before.Selectors);
        }

        log.Debug(before is null ? "Entry created" : "Entry updated", ("entry", after.Id), ("spiffe_id", after.SpiffeId));
    }
}
