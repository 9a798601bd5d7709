namespace EmbeddedSpire.Server.Storage;

/// <summary>Which agents a list or a count is about; without conditions all.</summary>
internal sealed record NodeFilter
{
    public string? AttestationType { get; init; }

    public SelectorMatch? Selectors { get; init; }

    public bool? IsBanned { get; init; }

    public bool? CanReattest { get; init; }

    /// <summary>Gets an instant; those whose certificate ends earlier are meant.</summary>
    public DateTimeOffset? ExpiresBefore { get; init; }

    /// <summary>Gets an instant; those whose certificate ends then or later are meant.</summary>
    public DateTimeOffset? ValidAt { get; init; }

    /// <summary>Writes the conditions on the table <c>attested_node_entries</c>, called <c>n</c>.</summary>
    /// <param name="parameters">Gets the values.</param>
    public string ToSql(List<object?> parameters)
    {
        var conditions = new List<string> { "true" };
        void Where(string condition, object value)
        {
            parameters.Add(value);
            conditions.Add($"{condition} ${parameters.Count}");
        }

        if (ExpiresBefore is { } before)
        {
            Where("n.expires_at <", before);
        }

        if (ValidAt is { } at)
        {
            Where("n.expires_at >=", at);
        }

        if (AttestationType is { Length: > 0 } type)
        {
            Where("n.data_type =", type);
        }

        if (CanReattest is { } canReattest)
        {
            Where("n.can_reattest =", canReattest);
        }

        if (IsBanned is { } isBanned)
        {
            conditions.Add($"n.serial_number {(isBanned ? "=" : "<>")} ''");
        }

        if (Selectors is { } selectors)
        {
            conditions.Add(selectors.ToSql(
                (type, value) => $"EXISTS (SELECT 1 FROM node_resolver_map_entries m WHERE m.spiffe_id = n.spiffe_id AND m.type = {type} AND m.value = {value})",
                parameters));
        }

        return string.Join(" AND ", conditions);
    }
}
