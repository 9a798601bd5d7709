namespace EmbeddedSpire.Server.Storage;

/// <summary>A condition on the trust domains that an entry federates with.</summary>
/// <param name="Kind">How to compare.</param>
/// <param name="TrustDomainIds">The given set, with <c>spiffe://</c>; not empty.</param>
internal sealed record FederationMatch(MatchKind Kind, IReadOnlyList<string> TrustDomainIds);

/// <summary>Which entries a list or a count is about; without conditions all.</summary>
internal sealed record EntryFilter
{
    /// <summary>Gets an entry id.</summary>
    public string? EntryId { get; init; }

    /// <summary>Gets a complete SPIFFE id.</summary>
    public string? ParentId { get; init; }

    /// <summary>Gets a complete SPIFFE id.</summary>
    public string? SpiffeId { get; init; }

    public SelectorMatch? Selectors { get; init; }

    public FederationMatch? FederatesWith { get; init; }

    public string? Hint { get; init; }

    /// <summary>Gets whether only entries of downstream servers are meant.</summary>
    public bool IsDownstream { get; init; }

    /// <summary>Gets whether there is any condition.</summary>
    public bool IsEmpty => this == new EntryFilter();

    /// <summary>Writes the conditions on the table <c>registered_entries</c>, called <c>e</c>.</summary>
    /// <param name="parameters">Gets the values.</param>
    public string ToSql(List<object?> parameters)
    {
        var conditions = new List<string>();
        void Where(string column, string? value)
        {
            if (value is { Length: > 0 })
            {
                parameters.Add(value);
                conditions.Add($"e.{column} = ${parameters.Count}");
            }
        }

        Where("entry_id", EntryId);
        Where("parent_id", ParentId);
        Where("spiffe_id", SpiffeId);
        Where("hint", Hint);
        if (IsDownstream)
        {
            conditions.Add("e.downstream = true");
        }

        if (Selectors is { } selectors)
        {
            conditions.Add(selectors.ToSql(
                (type, value) => $"e.id IN (SELECT registered_entry_id FROM selectors WHERE type = {type} AND value = {value})", parameters));
        }

        if (FederatesWith is { } federation)
        {
            parameters.Add(federation.TrustDomainIds.Distinct().ToArray());
            conditions.Add($"e.id IN ({ToSql(federation.Kind, $"${parameters.Count}")})");
        }

        return conditions.Count == 0 ? "true" : string.Join(" AND ", conditions);
    }

    private static string ToSql(MatchKind kind, string given)
    {
        var none = $"count(*) FILTER (WHERE b.trust_domain <> ALL({given})) = 0";
        var some = $"count(*) FILTER (WHERE b.trust_domain = ANY({given})) > 0";
        var all = $"count(*) FILTER (WHERE b.trust_domain = ANY({given})) = cardinality({given})";
        var condition = kind switch
        {
            MatchKind.Exact => $"{none} AND {all}",
            MatchKind.Subset => $"{none} AND {some}",
            MatchKind.Superset => all,
            _ => some,
        };
        return $"SELECT f.registered_entry_id FROM federated_registration_entries f INNER JOIN bundles b ON b.id = f.bundle_id GROUP BY f.registered_entry_id HAVING {condition}";
    }
}
