using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;

namespace EmbeddedSpire.Agent.Caching;

/// <summary>What an agent keeps of an entry. It knows neither the parent nor how long SVIDs live: those are the server's business.</summary>
internal sealed record CachedEntry
{
    /// <summary>Gets its id.</summary>
    public required string Id { get; init; }

    /// <summary>Gets the SPIFFE id that it gives.</summary>
    public required SpiffeId SpiffeId { get; init; }

    /// <summary>Gets what has to be true of a workload; at least one selector.</summary>
    public required IReadOnlySet<WorkloadSelector> Selectors { get; init; }

    /// <summary>Gets the trust domains whose bundles the workload gets besides its own.</summary>
    public IReadOnlyList<TrustDomain> FederatesWith { get; init; } = [];

    /// <summary>Gets the number that grows with each change of the entry.</summary>
    public long RevisionNumber { get; init; }

    /// <summary>Gets when it was created, in Unix seconds; tells an entry from a later one with the same id.</summary>
    public long CreatedAt { get; init; }

    /// <summary>Gets what workloads with several SVIDs tell them apart by; mostly empty.</summary>
    public string Hint { get; init; } = string.Empty;

    /// <summary>Gets whether its SVID is meant for a store rather than for workloads.</summary>
    public bool StoreSvid { get; init; }

    /// <summary>Gets whether its SVID is signed only when a workload asks for it.</summary>
    public bool IsOnDemand { get; init; }

    /// <summary>Tells whether the server has another version of the entry.</summary>
    public bool IsStale(long revisionNumber, long createdAt) =>
        // Servers before 1.13 do not say when an entry was created.
        RevisionNumber != revisionNumber || (createdAt != 0 && CreatedAt != createdAt);

    /// <summary>Reads an entry of the server's API.</summary>
    /// <param name="entry">The entry.</param>
    /// <exception cref="FormatException">Something that every entry has is missing or wrong.</exception>
    public static CachedEntry FromApi(Entry entry) => new()
    {
        Id = entry.Id.Length > 0 ? entry.Id : throw new FormatException("missing entry ID"),
        SpiffeId = ReadId(entry.SpiffeId),
        Selectors = entry.Selectors.Count > 0
            ? entry.Selectors.Select(ReadSelector).ToHashSet()
            : throw new FormatException("selector list is empty"),
        FederatesWith = [.. entry.FederatesWith.Select(ReadFederated)],
        RevisionNumber = entry.RevisionNumber,
        CreatedAt = entry.CreatedAt,
        Hint = entry.Hint,
        StoreSvid = entry.StoreSvid,
        // SPIRE 1.15.3 forgets the other attribute, jwt_svid_include_jti, right here.
        IsOnDemand = entry.AdditionalAttributes?.DisableX509SvidPrefetch ?? false,
    };

    private static SpiffeId ReadId(SPIFFEID? id)
    {
        try
        {
            return id is null ? throw new FormatException("response missing SPIFFE ID") : SpiffeId.FromApi(id);
        }
        catch (FormatException error)
        {
            throw new FormatException($"invalid SPIFFE ID: {error.Message}", error);
        }
    }

    private static TrustDomain ReadFederated(string name) => TrustDomain.TryParse(name, out var trustDomain, out var problem)
        ? trustDomain
        : throw new FormatException($"invalid federated trust domain: {problem}");

    private static WorkloadSelector ReadSelector(Selector selector) => selector switch
    {
        { Type.Length: 0 } => throw new FormatException("missing selector type"),
        _ when selector.Type.Contains(':') => throw new FormatException("selector type contains ':'"),
        { Value.Length: 0 } => throw new FormatException("missing selector value"),
        _ => new WorkloadSelector(selector.Type, selector.Value),
    };
}
