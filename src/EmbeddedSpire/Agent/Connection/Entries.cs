using EmbeddedSpire.Agent.Caching;
using EmbeddedSpire.Logging;
using Entry = Spire.Wire.Contracts.Types.Entry;

namespace EmbeddedSpire.Agent.Connection;

/// <summary>Reads entries of the server's API.</summary>
internal static class Entries
{
    /// <summary>Reads an entry.</summary>
    /// <returns>The entry; null when it cannot be used, which is logged.</returns>
    public static CachedEntry? TryRead(Entry entry, Logger log)
    {
        try
        {
            return CachedEntry.FromApi(entry);
        }
        catch (FormatException error)
        {
            log.Warn(
                "Received malformed entry from SPIRE server; are the server and agent versions compatible?",
                ("entry_id", entry.Id),
                ("revision_number", entry.RevisionNumber),
                ("spiffe_id", entry.SpiffeId),
                ("error", error.Message));
            return null;
        }
    }
}
