using Validation.Core.Stacks;
using Validation.Environments.Local.Database;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Local.Nodes;

/// <summary>PostgreSQL under Patroni, which starts it, gives it its role and moves the role when it must.</summary>
internal static class PostgresNode
{
    /// <summary>How many connections PostgreSQL takes.</summary>
    public const int MaxConnections = 100;

    /// <summary>How long Patroni waits between two rounds of its loop, in seconds.</summary>
    public const int LoopWaitSeconds = 2;

    /// <summary>Describes the node.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="layout">The stack.</param>
    public static NodeProgram Describe(NodePlace place, StackLayout layout)
    {
        var configuration = place.File("patroni.yaml");
        return new NodeProgram
        {
            Name = place.Name,
            Role = place.Role,
            Address = place.Address,
            Directory = place.Directory,
            Command = [ProgramFinder.Require("patroni"), configuration],
            Files = new Dictionary<string, string>
            {
                [configuration] = Configuration(place, layout, ProgramFinder.RequirePostgresDirectory()),
            },
            RefusesRoot = true,
            Readiness = new PatroniProbe(place.Address),
            Liveness = new LivenessProbe(
                new HttpProbe(place.Address, Ports.Patroni, "/liveness"), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10), 3),
            StartLimit = TimeSpan.FromSeconds(60),
        };
    }

    /// <summary>Returns Patroni's configuration.</summary>
    /// <remarks>
    /// The leader lock lives 20 s, the least that Patroni accepts, and Patroni demands that a loop and two retries fit
    /// into it. Replication and its time limits are set so that a replica that is cut off holds commits up for
    /// seconds rather than a minute: a commit waits for the synchronous replica until Patroni sees that it is gone.
    /// </remarks>
    /// <param name="place">The node.</param>
    /// <param name="layout">The stack.</param>
    /// <param name="programs">The directory with PostgreSQL's programs.</param>
    internal static string Configuration(NodePlace place, StackLayout layout, string programs) =>
        $"""
        scope: validation
        namespace: /patroni/
        name: {place.Name}
        restapi:
          listen: {place.Address}:{Ports.Patroni}
          connect_address: {place.Address}:{Ports.Patroni}
        etcd3:
          hosts: [{string.Join(", ", layout.OfRole(Roles.Dcs).Select(dcs => $"'{dcs.Address}:{Ports.Dcs}'"))}]
        bootstrap:
          dcs:
            ttl: 20
            loop_wait: {LoopWaitSeconds}
            retry_timeout: 9
            maximum_lag_on_failover: 1048576
            synchronous_mode: true
            synchronous_mode_strict: false
            postgresql:
              use_pg_rewind: true
              use_slots: true
              parameters:
                max_connections: {MaxConnections}
          initdb:
            - encoding: UTF8
            - locale: C.UTF-8
            - data-checksums
        postgresql:
          listen: {place.Address}:{Ports.Postgres}
          connect_address: {place.Address}:{Ports.Postgres}
          bin_dir: {programs}
          data_dir: {place.File("data")}
          pgpass: {place.File("pgpass")}
          authentication:
            superuser:
              username: {DatabaseNames.Superuser}
              password: {layout.Secrets.Superuser}
            replication:
              username: {DatabaseNames.Replication}
              password: {layout.Secrets.Replication}
            rewind:
              username: {DatabaseNames.Rewind}
              password: {layout.Secrets.Rewind}
          parameters:
            unix_socket_directories: {place.Directory.FullName}
            password_encryption: scram-sha-256
            shared_buffers: 64MB
            huge_pages: 'off'
            jit: 'off'
            max_wal_size: 256MB
            wal_keep_size: 128MB
            wal_sender_timeout: 5s
            wal_receiver_timeout: 5s
            wal_receiver_status_interval: 1s
            tcp_keepalives_idle: 10
            tcp_keepalives_interval: 5
            tcp_keepalives_count: 3
            log_line_prefix: '%m [%p] %q%u@%d '
          pg_hba:
            - local all all scram-sha-256
            - host all all {StarAddresses.Network} scram-sha-256
            - host replication {DatabaseNames.Replication} {StarAddresses.Network} scram-sha-256
          basebackup:
            - checkpoint: fast

        """;
}
