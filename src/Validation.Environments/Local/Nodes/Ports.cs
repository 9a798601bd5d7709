namespace Validation.Environments.Local.Nodes;

/// <summary>The ports on which the nodes listen, each on its own address.</summary>
internal static class Ports
{
    /// <summary>The name server.</summary>
    public const int Dns = 53;

    /// <summary>etcd, for its users.</summary>
    public const int Dcs = 2379;

    /// <summary>etcd, for other members.</summary>
    public const int DcsPeers = 2380;

    /// <summary>PostgreSQL; on the load balancer the database's primary.</summary>
    public const int Postgres = 5432;

    /// <summary>On the load balancer the database's replicas.</summary>
    public const int PostgresReads = 5433;

    /// <summary>Patroni's REST API.</summary>
    public const int Patroni = 8008;

    /// <summary>PgBouncer.</summary>
    public const int Pooler = 6432;

    /// <summary>The load balancer's own health.</summary>
    public const int LoadBalancerHealth = 8404;

    /// <summary>A SPIRE server's API; on the load balancer that of all servers.</summary>
    public const int SpireApi = 8081;

    /// <summary>A SPIRE server's health.</summary>
    public const int SpireServerHealth = 8080;

    /// <summary>A SPIRE agent's health.</summary>
    public const int SpireAgentHealth = 8082;

    /// <summary>A SPIRE server's metrics.</summary>
    public const int SpireServerMetrics = 9988;

    /// <summary>A SPIRE agent's metrics.</summary>
    public const int SpireAgentMetrics = 9989;
}
