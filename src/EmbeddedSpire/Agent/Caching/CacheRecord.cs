namespace EmbeddedSpire.Agent.Caching;

/// <summary>An entry in the cache, with its SVID if there is one.</summary>
internal sealed class CacheRecord
{
    /// <summary>Creates the record of a new entry.</summary>
    public CacheRecord(CachedEntry entry) => Entry = entry;

    /// <summary>Gets or sets the entry, as the server last told it.</summary>
    public CachedEntry Entry { get; set; }

    /// <summary>Gets or sets its SVID; null when there is none.</summary>
    public WorkloadSvid? Svid { get; set; }

    /// <summary>Gets or sets whether an SVID has to be signed: there is none, or it is old, or the entry has changed.</summary>
    public bool IsStale { get; set; }

    /// <summary>Gets or sets when a workload last began to want it; the epoch when none has.</summary>
    public DateTimeOffset LastWanted { get; set; } = DateTimeOffset.UnixEpoch;
}

/// <summary>An entry for which an SVID has to be signed.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="ExpiresAt">When the SVID that it has expires; null when it has none.</param>
internal sealed record StaleEntry(CachedEntry Entry, DateTimeOffset? ExpiresAt);
