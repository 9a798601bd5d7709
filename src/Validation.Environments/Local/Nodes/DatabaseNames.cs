namespace Validation.Environments.Local.Nodes;

/// <summary>The names of users and databases in PostgreSQL.</summary>
internal static class DatabaseNames
{
    /// <summary>PostgreSQL's superuser.</summary>
    public const string Superuser = "postgres";

    /// <summary>The user as whom replicas follow.</summary>
    public const string Replication = "replicator";

    /// <summary>The user as whom a former primary is rewound.</summary>
    public const string Rewind = "rewinder";

    /// <summary>SPIRE's user and database.</summary>
    public const string Spire = "spire";

    /// <summary>The harness's own user and database, in which it tries whether writes are taken.</summary>
    public const string Harness = "harness";
}
