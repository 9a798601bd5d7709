using System.Globalization;
using EmbeddedSpire.Logging;

namespace EmbeddedSpire.Server.Storage;

/// <summary>SPIRE's tables, version 25: made on an empty database, checked on any other.</summary>
/// <remarks>
/// As in SPIRE nothing keeps two servers from making them at the same moment. All but one of them fail then, with
/// a violated unique constraint of PostgreSQL's own catalogue, and have to be started again.
/// </remarks>
internal static class Schema
{
    /// <summary>The version that SPIRE 1.15 has.</summary>
    public const int Version = 25;

    // The oldest version that SPIRE 1.15 upgrades.
    private const int OldestVersion = 23;

    private const string Head = "id serial, created_at timestamp with time zone, updated_at timestamp with time zone";

    private static readonly string[] Statements =
    [
        $"CREATE TABLE bundles ({Head}, trust_domain text NOT NULL, data bytea, PRIMARY KEY (id))",
        "CREATE TABLE federated_registration_entries (bundle_id integer, registered_entry_id integer, PRIMARY KEY (bundle_id, registered_entry_id))",
        "CREATE UNIQUE INDEX uix_bundles_trust_domain ON bundles (trust_domain)",
        $"CREATE TABLE attested_node_entries ({Head}, spiffe_id text, data_type text, serial_number text, expires_at timestamp with time zone, new_serial_number text, new_expires_at timestamp with time zone, can_reattest boolean, agent_version text, PRIMARY KEY (id))",
        "CREATE INDEX idx_attested_node_entries_expires_at ON attested_node_entries (expires_at)",
        "CREATE UNIQUE INDEX uix_attested_node_entries_spiffe_id ON attested_node_entries (spiffe_id)",
        $"CREATE TABLE attested_node_entries_events ({Head}, spiffe_id text, PRIMARY KEY (id))",
        $"CREATE TABLE node_resolver_map_entries ({Head}, spiffe_id text, type text, value text, PRIMARY KEY (id))",
        "CREATE UNIQUE INDEX idx_node_resolver_map ON node_resolver_map_entries (spiffe_id, type, value)",
        $"CREATE TABLE registered_entries ({Head}, entry_id text, spiffe_id text, parent_id text, ttl integer, admin boolean, downstream boolean, expiry bigint, revision_number bigint, store_svid boolean, hint text, jwt_svid_ttl integer, additional_attributes bytea, PRIMARY KEY (id))",
        "CREATE INDEX idx_registered_entries_spiffe_id ON registered_entries (spiffe_id)",
        "CREATE INDEX idx_registered_entries_parent_id ON registered_entries (parent_id)",
        "CREATE INDEX idx_registered_entries_expiry ON registered_entries (expiry)",
        "CREATE INDEX idx_registered_entries_hint ON registered_entries (hint)",
        "CREATE UNIQUE INDEX uix_registered_entries_entry_id ON registered_entries (entry_id)",
        $"CREATE TABLE registered_entries_events ({Head}, entry_id text, PRIMARY KEY (id))",
        $"CREATE TABLE join_tokens ({Head}, token text, expiry bigint, PRIMARY KEY (id))",
        "CREATE UNIQUE INDEX uix_join_tokens_token ON join_tokens (token)",
        $"CREATE TABLE selectors ({Head}, registered_entry_id integer, type text, value text, PRIMARY KEY (id))",
        "CREATE INDEX idx_selectors_type_value ON selectors (type, value)",
        "CREATE UNIQUE INDEX idx_selector_entry ON selectors (registered_entry_id, type, value)",
        $"CREATE TABLE migrations ({Head}, version integer, code_version text, PRIMARY KEY (id))",
        $"CREATE TABLE dns_names ({Head}, registered_entry_id integer, value text, PRIMARY KEY (id))",
        "CREATE UNIQUE INDEX idx_dns_entry ON dns_names (registered_entry_id, value)",
        $"CREATE TABLE federated_trust_domains ({Head}, trust_domain text NOT NULL, bundle_endpoint_url text, bundle_endpoint_profile text, endpoint_spiffe_id text, implicit boolean, PRIMARY KEY (id))",
        "CREATE UNIQUE INDEX uix_federated_trust_domains_trust_domain ON federated_trust_domains (trust_domain)",
        $"CREATE TABLE ca_journals ({Head}, data bytea, active_x509_authority_id text, active_jwt_authority_id text, PRIMARY KEY (id))",
        "CREATE INDEX idx_ca_journals_active_x509_authority_id ON ca_journals (active_x509_authority_id)",
        "CREATE INDEX idx_ca_journals_active_jwt_authority_id ON ca_journals (active_jwt_authority_id)",
    ];

    /// <summary>What leads from version 23 to 24, from 24 to 25 and so on.</summary>
    private static readonly string[] Upgrades =
    [
        "ALTER TABLE attested_node_entries ADD COLUMN agent_version text",
        "ALTER TABLE registered_entries ADD COLUMN additional_attributes bytea",
    ];

    /// <summary>Makes the tables, upgrades them, or finds that they are right.</summary>
    /// <param name="database">The database.</param>
    /// <param name="mayUpgrade">False with <c>disable_migration</c>.</param>
    /// <param name="log">Told what is done.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="DatastoreException">The tables are of a version that does not fit, or the database refused.</exception>
    public static async Task PrepareAsync(Database database, bool mayUpgrade, Logger log, CancellationToken cancellationToken)
    {
        var isNew = await database.QueryAsync(
            session => session.CountAsync("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'migrations'"), cancellationToken) == 0;
        if (isNew)
        {
            log.Info("Initializing new database");
            await database.WriteAsync(CreateAsync, cancellationToken);
            return;
        }

        var (version, release) = await database.QueryAsync(ReadVersionAsync, cancellationToken);
        if (version > Version)
        {
            RequireNeighbour(release, "incompatible DB schema and code version");
            log.Warn("DB schema is ahead of code version, upgrading SPIRE Server is recommended", ("schema", version), ("version_info", release));
        }
        else if (version < Version && !mayUpgrade)
        {
            RequireNeighbour(release, "auto-migration must be enabled for current DB");
        }
        else
        {
            await UpgradeAsync(database, version, log, cancellationToken);
        }
    }

    private static async Task<bool> CreateAsync(Session session)
    {
        foreach (var statement in Statements)
        {
            await session.ExecuteAsync(statement);
        }

        await session.InsertAsync("migrations", "version, code_version", Version, Release.Spire);
        await session.ExecuteAsync("CREATE INDEX idx_federated_registration_entries_registered_entry_id ON federated_registration_entries (registered_entry_id)");
        return true;
    }

    private static async Task<(int Version, string Release)> ReadVersionAsync(Session session)
    {
        var rows = await session.ReadAsync(
            "SELECT version, code_version FROM migrations ORDER BY id LIMIT 1",
            row => (row.IsDBNull(0) ? 0 : row.GetInt32(0), row.IsDBNull(1) ? string.Empty : row.GetString(1)));
        return rows.Count > 0 ? rows[0] : (0, string.Empty);
    }

    private static async Task UpgradeAsync(Database database, int version, Logger log, CancellationToken cancellationToken)
    {
        if (version < OldestVersion)
        {
            throw new DatastoreException(Spire.Wire.Grpc.StatusCode.Unknown, $"datastore-sql: migrating from schema version {version} requires a previous SPIRE release; please follow the upgrade strategy at doc/upgrading.md");
        }

        for (; version < Version; version++)
        {
            var from = version;
            log.Info("Migrating version", ("version_info", from));
            await database.WriteAsync(
                async session =>
                {
                    await session.ExecuteAsync(Upgrades[from - OldestVersion]);
                    return await session.ExecuteAsync("UPDATE migrations SET version = $1, code_version = $2, updated_at = $3", from + 1, Release.Spire, session.Now);
                },
                cancellationToken);
        }
    }

    /// <summary>Refuses a release that is more than one minor version away from ours.</summary>
    private static void RequireNeighbour(string release, string problem)
    {
        var (ours, theirs) = (Minor(Release.Spire), Minor(release));
        if (ours.Major != theirs.Major || Math.Abs(ours.Minor - theirs.Minor) > 1)
        {
            throw new DatastoreException(Spire.Wire.Grpc.StatusCode.Unknown, $"datastore-sql: {problem}");
        }
    }

    private static (int Major, int Minor) Minor(string release) =>
        release.Split('.', '-') is [var major, var minor, ..]
        && int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
        && int.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out var second)
            ? (first, second)
            : (0, 0);
}
