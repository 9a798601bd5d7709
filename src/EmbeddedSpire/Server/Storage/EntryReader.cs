using Npgsql;
using Spire.Wire.Contracts.Storage;

namespace EmbeddedSpire.Server.Storage;

/// <summary>Reads entries with everything that belongs to them in one statement, so that nobody sees half of an entry.</summary>
internal static class EntryReader
{
    private const string EntryColumns = "e.id, 0, 0, e.entry_id, e.spiffe_id, e.parent_id, e.ttl, e.admin, e.downstream, e.expiry, e.store_svid, e.hint, e.created_at, e.revision_number, e.jwt_svid_ttl, e.additional_attributes";
    private const string NoColumns = "NULL::integer, NULL::boolean, NULL::boolean, NULL::bigint, NULL::boolean, NULL, NULL::timestamptz, NULL::bigint, NULL::integer, NULL::bytea";

    /// <summary>Reads entries in the order of their rows.</summary>
    /// <param name="session">Where to read.</param>
    /// <param name="filter">Which ones.</param>
    /// <param name="page">Which part; null for all.</param>
    /// <returns>The entries, each with its row.</returns>
    public static async Task<List<(int Row, RegistrationEntry Entry)>> ReadAsync(Session session, EntryFilter filter, Page? page)
    {
        var parameters = new List<object?>();
        var sql = Sql(filter, page, parameters);
        var entries = new List<(int Row, RegistrationEntry Entry)>();
        await session.ReadAsync(sql, row => Read(row, entries), [.. parameters]);
        return entries;
    }

    private static string Sql(EntryFilter filter, Page? page, List<object?> parameters)
    {
        if (filter.IsEmpty && page is null)
        {
            return Parts(_ => string.Empty);
        }

        var picked = $"SELECT e.id FROM registered_entries e WHERE {filter.ToSql(parameters)}";
        if (page is not null)
        {
            parameters.Add(page.After);
            picked += $" AND e.id > ${parameters.Count} ORDER BY e.id LIMIT {page.Size}";
        }

        return $"WITH picked AS ({picked}) " + Parts(column => $" WHERE {column} IN (SELECT id FROM picked)");
    }

    private static string Parts(Func<string, string> where) =>
        $"""
        SELECT {EntryColumns} FROM registered_entries e{where("e.id")}
        UNION ALL
        SELECT s.registered_entry_id, 1, s.id, s.type, s.value, NULL, {NoColumns} FROM selectors s{where("s.registered_entry_id")}
        UNION ALL
        SELECT d.registered_entry_id, 2, d.id, d.value, NULL, NULL, {NoColumns} FROM dns_names d{where("d.registered_entry_id")}
        UNION ALL
        SELECT f.registered_entry_id, 3, b.id, b.trust_domain, NULL, NULL, {NoColumns} FROM bundles b INNER JOIN federated_registration_entries f ON b.id = f.bundle_id{where("f.registered_entry_id")}
        ORDER BY 1, 2, 3
        """;

    private static bool Read(NpgsqlDataReader row, List<(int Row, RegistrationEntry Entry)> entries)
    {
        var id = row.GetInt32(0);
        var part = row.GetInt32(1);
        if (part == 0)
        {
            entries.Add((id, ReadEntry(row)));
        }

        // Rows without an entry are left over from one that was deleted by an old release.
        if (entries.Count > 0 && entries[^1].Row == id)
        {
            var entry = entries[^1].Entry;
            switch (part)
            {
                case 1:
                    entry.Selectors.Add(new Selector { Type = row.GetString(3), Value = row.GetString(4) });
                    break;
                case 2:
                    entry.DnsNames.Add(row.GetString(3));
                    break;
                case 3:
                    entry.FederatesWith.Add(row.GetString(3));
                    break;
            }
        }

        return true;
    }

    private static RegistrationEntry ReadEntry(NpgsqlDataReader row) => new()
    {
        EntryId = Value(row, 3, string.Empty),
        SpiffeId = Value(row, 4, string.Empty),
        ParentId = Value(row, 5, string.Empty),
        X509SvidTtl = Value(row, 6, 0),
        Admin = Value(row, 7, false),
        Downstream = Value(row, 8, false),
        EntryExpiry = Value(row, 9, 0L),
        StoreSvid = Value(row, 10, false),
        Hint = Value(row, 11, string.Empty),
        CreatedAt = row.IsDBNull(12) ? 0 : RoundedSeconds(row.GetFieldValue<DateTimeOffset>(12)),
        RevisionNumber = Value(row, 13, 0L),
        JwtSvidTtl = Value(row, 14, 0),
        AdditionalAttributes = Value(row, 15, Array.Empty<byte>()) is { Length: > 0 } attributes
            ? RegistrationEntry.Types.AdditionalAttributes.Parser.ParseFrom(attributes)
            : null,
    };

    private static T Value<T>(NpgsqlDataReader row, int column, T missing) => row.IsDBNull(column) ? missing : row.GetFieldValue<T>(column);

    /// <summary>Rounds to the nearest second, as SPIRE does for databases that keep whole seconds.</summary>
    private static long RoundedSeconds(DateTimeOffset instant) => (instant + TimeSpan.FromMilliseconds(500)).ToUnixTimeSeconds();
}
