using Spire.Wire.Contracts.Storage;
using Spire.Wire.Contracts.Types;

namespace EmbeddedSpire.Server.Storage;

/// <summary>What an entry has to be like before the database is asked.</summary>
internal static class EntryRules
{
    private const int MaxIdLength = 255;
    private const string IdCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";

    /// <exception cref="DatastoreException">The entry cannot be made.</exception>
    public static void CheckNew(RegistrationEntry entry)
    {
        Require(entry.Selectors.Count > 0, "invalid registration entry: missing selector list");
        if (entry.StoreSvid)
        {
            Require(entry.AdditionalAttributes?.DisableX509SvidPrefetch != true, "specifying cache behaviour is incompatible with storable SVIDs");
            RequireOneType(entry);
        }

        Require(entry.EntryId.Length <= MaxIdLength, "invalid registration entry: entry ID too long");
        Require(!entry.EntryId.AsSpan().ContainsAnyExcept(IdCharacters), "invalid registration entry: entry ID contains invalid characters");
        Require(entry.SpiffeId.Length > 0, "invalid registration entry: missing SPIFFE ID");
        RequireLives(entry, null);
    }

    /// <exception cref="DatastoreException">The change cannot be made to any entry.</exception>
    public static void CheckChange(RegistrationEntry entry, EntryMask? mask)
    {
        Require(mask is { Selectors: false } || entry.Selectors.Count > 0, "invalid registration entry: missing selector list");
        Require(mask is { SpiffeId: false } || entry.SpiffeId.Length > 0, "invalid registration entry: missing SPIFFE ID");
        RequireLives(entry, mask);
    }

    /// <exception cref="DatastoreException">The entry's SVIDs are to be stored and its new selectors are of several types.</exception>
    public static void CheckStored(RegistrationEntry entry, bool storeSvid, bool hasNewSelectors)
    {
        if (storeSvid && hasNewSelectors)
        {
            RequireOneType(entry);
        }
    }

    private static void RequireOneType(RegistrationEntry entry) => Require(
        entry.Selectors.All(selector => selector.Type == entry.Selectors[0].Type),
        "invalid registration entry: selector types must be the same when store SVID is enabled");

    private static void RequireLives(RegistrationEntry entry, EntryMask? mask)
    {
        Require(mask is { X509SvidTtl: false } || entry.X509SvidTtl >= 0, "invalid registration entry: X509SvidTtl is not set");
        Require(mask is { JwtSvidTtl: false } || entry.JwtSvidTtl >= 0, "invalid registration entry: JwtSvidTtl is not set");
    }

    private static void Require(bool isRight, string problem)
    {
        if (!isRight)
        {
            throw DatastoreException.Invalid(problem);
        }
    }
}
