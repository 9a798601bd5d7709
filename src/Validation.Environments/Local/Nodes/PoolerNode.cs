using Validation.Core.Stacks;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Supervisor;
using System.Net;

namespace Validation.Environments.Local.Nodes;

/// <summary>PgBouncer, between the SPIRE servers and the database's primary.</summary>
internal static class PoolerNode
{
    // What PostgreSQL keeps for its superuser, for replicas, for Patroni and for the harness.
    private const int Reserve = 25;

    /// <summary>Returns how many database connections one SPIRE server may open, so that all of them fit.</summary>
    /// <param name="servers">The number of SPIRE servers; at least one.</param>
    public static int ConnectionsPerServer(int servers) => (PostgresNode.MaxConnections - Reserve) / servers;

    /// <summary>Returns how many database connections all SPIRE servers may open together.</summary>
    /// <param name="servers">The number of SPIRE servers.</param>
    public static int ConnectionsOfServers(int servers) => Math.Max(1, servers) * ConnectionsPerServer(Math.Max(1, servers));

    /// <summary>Describes the node.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="layout">The stack.</param>
    public static NodeProgram Describe(NodePlace place, StackLayout layout)
    {
        var configuration = place.File("pgbouncer.ini");
        return new NodeProgram
        {
            Name = place.Name,
            Role = place.Role,
            Address = place.Address,
            Directory = place.Directory,
            Command = [ProgramFinder.Require("pgbouncer"), configuration],
            Files = new Dictionary<string, string>
            {
                [configuration] = Configuration(place, layout),
                [place.File("users.txt")] = $"\"{DatabaseNames.Spire}\" \"{layout.Secrets.Spire}\"\n",
            },
            RefusesRoot = true,
            Readiness = new TcpProbe(new IPEndPoint(place.Address, Ports.Pooler)),
            Liveness = new LivenessProbe(
                new TcpProbe(new IPEndPoint(place.Address, Ports.Pooler)), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), 3),
        };
    }

    /// <summary>Returns PgBouncer's configuration.</summary>
    /// <remarks>
    /// Sessions are pooled, because SPIRE prepares statements. After a failed login to the database PgBouncer waits
    /// before it tries again, 15 s if nobody says otherwise, which would be added to every failover.
    /// </remarks>
    /// <param name="place">The node.</param>
    /// <param name="layout">The stack.</param>
    internal static string Configuration(NodePlace place, StackLayout layout) => $"""
        [databases]
        {DatabaseNames.Spire} = host={layout.Only(Roles.LoadBalancer).Address} port={Ports.Postgres} dbname={DatabaseNames.Spire}

        [pgbouncer]
        listen_addr = 0.0.0.0
        listen_port = {Ports.Pooler}
        unix_socket_dir =
        auth_type = scram-sha-256
        auth_file = {place.File("users.txt")}
        pool_mode = session
        default_pool_size = {ConnectionsOfServers(layout.OfRole(Roles.SpireServer).Count)}
        max_client_conn = 1000
        query_wait_timeout = 10
        server_connect_timeout = 3
        server_login_retry = 1
        tcp_keepalive = 1
        tcp_keepidle = 10
        tcp_keepintvl = 5
        tcp_keepcnt = 3
        log_connections = 0
        log_disconnections = 0
        log_stats = 0

        """;
}
