using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Storage;
using Spire.Wire.Contracts.Types;
using Selector = Spire.Wire.Contracts.Storage.Selector;

namespace EmbeddedSpire.Server.Registration;

/// <summary>An entry of a request cannot be one. The text is SPIRE's.</summary>
internal sealed class MalformedEntryException(string message) : Exception(message);

/// <summary>Entries between the API, where SPIFFE ids are in two parts, and the database, where they are complete.</summary>
internal static class EntryConversion
{
    private const int MaxHintLength = 1024;

    /// <summary>Reads an entry of a request.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="mask">Which values are meant; null means all. Others are left empty, and not looked at.</param>
    /// <param name="trustDomain">Where SPIFFE id and parent have to be.</param>
    /// <exception cref="MalformedEntryException">It is none.</exception>
    public static RegistrationEntry FromApi(Entry entry, EntryMask? mask, TrustDomain trustDomain)
    {
        var stored = new RegistrationEntry { EntryId = entry.Id };
        if (mask?.ParentId ?? true)
        {
            stored.ParentId = Ids.TryReadMember(entry.ParentId, trustDomain, out var parent, out var problem)
                ? parent.ToString()
                : throw new MalformedEntryException($"invalid parent ID: {problem}");
        }

        if (mask?.SpiffeId ?? true)
        {
            stored.SpiffeId = Ids.TryReadWorkload(entry.SpiffeId, trustDomain, out var id, out var problem)
                ? id.ToString()
                : throw new MalformedEntryException($"invalid spiffe ID: {problem}");
        }

        if (mask?.DnsNames ?? true)
        {
            RequireDnsNames(entry.DnsNames);
            stored.DnsNames.Add(entry.DnsNames);
        }

        if (mask?.FederatesWith ?? true)
        {
            stored.FederatesWith.Add(entry.FederatesWith.Select(name => TrustDomainIdOf(name, "invalid federated trust domain: ")));
        }

        if (mask?.Selectors ?? true)
        {
            stored.Selectors.Add(entry.Selectors.Count > 0 ? ReadSelectors(entry.Selectors) : throw new MalformedEntryException("selector list is empty"));
        }

        if (mask?.Hint ?? true)
        {
            stored.Hint = entry.Hint.Length <= MaxHintLength ? entry.Hint : throw new MalformedEntryException($"hint is too long, max length is {MaxHintLength} characters");
        }

        CopyPlainValues(entry, stored);
        return stored;
    }

    /// <summary>Reads the selectors of a request.</summary>
    /// <exception cref="MalformedEntryException">One is none.</exception>
    public static List<Selector> ReadSelectors(IEnumerable<Spire.Wire.Contracts.Types.Selector> selectors) => [.. selectors.Select(selector => selector switch
    {
        { Type: "" } => throw new MalformedEntryException("missing selector type"),
        { Type: var type } when type.Contains(':', StringComparison.Ordinal) => throw new MalformedEntryException("selector type contains ':'"),
        { Value: "" } => throw new MalformedEntryException("missing selector value"),
        _ => new Selector { Type = selector.Type, Value = selector.Value },
    })];

    /// <summary>Reads the name of a trust domain and returns its id.</summary>
    /// <exception cref="MalformedEntryException">It is none.</exception>
    public static string TrustDomainIdOf(string name, string prefix) => TrustDomain.TryParse(name, out var trustDomain, out var problem)
        ? trustDomain.Id.ToString()
        : throw new MalformedEntryException($"{prefix}{problem}");

    /// <summary>Returns an entry as the API has it.</summary>
    /// <exception cref="MalformedEntryException">The database holds something that is no SPIFFE id.</exception>
    public static Entry ToApi(RegistrationEntry stored) => new()
    {
        Id = stored.EntryId,
        SpiffeId = IdOf(stored.SpiffeId, "invalid SPIFFE ID"),
        ParentId = IdOf(stored.ParentId, "invalid parent ID"),
        Selectors = { stored.Selectors.Select(selector => new Spire.Wire.Contracts.Types.Selector { Type = selector.Type, Value = selector.Value }) },
        X509SvidTtl = stored.X509SvidTtl,
        FederatesWith = { stored.FederatesWith.Select(id => TrustDomain.TryParse(id, out var trustDomain, out var problem) ? trustDomain.Name : throw new MalformedEntryException($"invalid federated trust domain: {problem}")) },
        Admin = stored.Admin,
        Downstream = stored.Downstream,
        ExpiresAt = stored.EntryExpiry,
        DnsNames = { stored.DnsNames },
        RevisionNumber = stored.RevisionNumber,
        StoreSvid = stored.StoreSvid,
        JwtSvidTtl = stored.JwtSvidTtl,
        Hint = stored.Hint,
        CreatedAt = stored.CreatedAt,
        AdditionalAttributes = stored.AdditionalAttributes is { } attributes
            ? new Entry.Types.AdditionalAttributes { DisableX509SvidPrefetch = attributes.DisableX509SvidPrefetch, JwtSvidIncludeJti = attributes.JwtSvidIncludeJti }
            : null,
    };

    /// <summary>Returns an entry with those values only that a mask names, and its id.</summary>
    /// <param name="entry">The entry; parts of it are shared with the result, so neither may be changed.</param>
    /// <param name="mask">The mask; null means all.</param>
    public static Entry Masked(Entry entry, EntryMask? mask)
    {
        if (mask is null)
        {
            return entry;
        }

        var masked = new Entry
        {
            Id = entry.Id,
            SpiffeId = mask.SpiffeId ? entry.SpiffeId : null,
            ParentId = mask.ParentId ? entry.ParentId : null,
            X509SvidTtl = mask.X509SvidTtl ? entry.X509SvidTtl : 0,
            Admin = mask.Admin && entry.Admin,
            Downstream = mask.Downstream && entry.Downstream,
            ExpiresAt = mask.ExpiresAt ? entry.ExpiresAt : 0,
            RevisionNumber = mask.RevisionNumber ? entry.RevisionNumber : 0,
            StoreSvid = mask.StoreSvid && entry.StoreSvid,
            JwtSvidTtl = mask.JwtSvidTtl ? entry.JwtSvidTtl : 0,
            Hint = mask.Hint ? entry.Hint : string.Empty,
            CreatedAt = mask.CreatedAt ? entry.CreatedAt : 0,
            AdditionalAttributes = mask.AdditionalAttributes ? entry.AdditionalAttributes : null,
        };
        masked.Selectors.Add(mask.Selectors ? entry.Selectors : []);
        masked.FederatesWith.Add(mask.FederatesWith ? entry.FederatesWith : []);
        masked.DnsNames.Add(mask.DnsNames ? entry.DnsNames : []);
        return masked;
    }

    private static void RequireDnsNames(IEnumerable<string> names)
    {
        if (names.Select(DnsNames.ProblemOf).FirstOrDefault(problem => problem is not null) is { } problem)
        {
            throw new MalformedEntryException($"invalid DNS name: {problem}");
        }
    }

    /// <summary>Copies what needs no check. What a mask does not name is not written later either.</summary>
    private static void CopyPlainValues(Entry entry, RegistrationEntry stored)
    {
        stored.Admin = entry.Admin;
        stored.Downstream = entry.Downstream;
        stored.EntryExpiry = entry.ExpiresAt;
        stored.StoreSvid = entry.StoreSvid;
        stored.X509SvidTtl = entry.X509SvidTtl;
        stored.JwtSvidTtl = entry.JwtSvidTtl;
        stored.AdditionalAttributes = entry.AdditionalAttributes is { } attributes
            ? new RegistrationEntry.Types.AdditionalAttributes { DisableX509SvidPrefetch = attributes.DisableX509SvidPrefetch, JwtSvidIncludeJti = attributes.JwtSvidIncludeJti }
            : null;
    }

    private static SPIFFEID IdOf(string text, string problemText) => SpiffeId.TryParse(text, out var id, out var problem)
        ? id.ToApi()
        : throw new MalformedEntryException($"{problemText}: {problem}");
}
