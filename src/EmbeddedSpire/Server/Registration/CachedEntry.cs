using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;

namespace EmbeddedSpire.Server.Registration;

/// <summary>An entry in the memory of a server. Never changes.</summary>
internal sealed class CachedEntry
{
    private volatile Masking? _lastMasking;

    public CachedEntry(Entry entry)
    {
        Entry = entry;
        SpiffeId = SpiffeId.FromApi(entry.SpiffeId);
    }

    /// <summary>Gets the whole entry.</summary>
    public Entry Entry { get; }

    public string Id => Entry.Id;

    public SpiffeId SpiffeId { get; }

    /// <summary>Returns the entry under a mask. All agents send the same mask, so the result is kept for the next.</summary>
    public Entry Masked(EntryMask? mask)
    {
        if (mask is null)
        {
            return Entry;
        }

        var last = _lastMasking;
        if (last is null || !last.Mask.Equals(mask))
        {
            last = new Masking(mask.Clone(), EntryConversion.Masked(Entry, mask));
            _lastMasking = last;
        }

        return last.Entry;
    }

    private sealed record Masking(EntryMask Mask, Entry Entry);
}
