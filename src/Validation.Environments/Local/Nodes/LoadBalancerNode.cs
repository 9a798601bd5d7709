using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Local.Nodes;

/// <summary>HAProxy, in front of the SPIRE servers, of the database's primary and, for those who read there, of its replicas.</summary>
internal static class LoadBalancerNode
{
    /// <summary>The proxy in front of the database.</summary>
    public const string Database = "database";

    /// <summary>The variable with the second until which each address keeps its SPIRE server; without it none does.</summary>
    public const string AffinityUntil = "proc.affinity_until";

    /// <summary>The proxy in front of the SPIRE servers.</summary>
    public const string SpireServers = "spire-servers";

    /// <summary>Gets the defect of the pool of replicas.</summary>
    public static DefectKind KeepsLaggingReplicas { get; } = new(
        "pool-keeps-lagging-replicas", "The pool from which servers read asks a replica only whether it runs, so that one that applies nothing any more stays in it.");

    // Compared at every connection, so nobody has to end it.
    private const string AffinityIsHeld = $"{{ date,sub({AffinityUntil}) -m int lt 0 }}";

    /// <summary>Describes the node.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="layout">The stack.</param>
    public static NodeProgram Describe(NodePlace place, StackLayout layout)
    {
        var configuration = place.File("haproxy.cfg");
        var health = new HttpProbe(place.Address, Ports.LoadBalancerHealth, "/health");
        return new NodeProgram
        {
            Name = place.Name,
            Role = place.Role,
            Address = place.Address,
            Directory = place.Directory,
            Command = [ProgramFinder.Require("haproxy"), "-db", "-q", "-f", configuration],
            Files = new Dictionary<string, string> { [configuration] = Configuration(layout) },
            Readiness = health,
            Liveness = new LivenessProbe(health, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), 3),
        };
    }

    /// <summary>Returns the path of the socket where HAProxy takes orders.</summary>
    /// <param name="place">The node.</param>
    public static string OrderSocket(NodePlace place) => place.File("orders.sock");

    /// <summary>Returns HAProxy's configuration.</summary>
    /// <remarks>
    /// A database node that loses the primary role loses its connections too: they would only answer "read-only" from
    /// then on. So does a replica that has not applied what the primary had written seconds ago: Patroni compares the two, and
    /// servers would read the past from the connections that they keep. A SPIRE server that is not ready keeps its
    /// connections, as behind a Kubernetes service.
    /// </remarks>
    /// <param name="layout">The stack.</param>
    internal static string Configuration(StackLayout layout) =>
        $"""
        global
            log stdout format raw local0 notice
            fd-hard-limit 100000
            stats socket {OrderSocket(layout.Only(Roles.LoadBalancer))} mode 600 level admin

        defaults
            log global
            mode tcp
            retries 2
            option redispatch 1
            timeout connect 2s
            timeout client 1h
            timeout server 1h
            timeout check 1s

        frontend health
            mode http
            bind 0.0.0.0:{Ports.LoadBalancerHealth}
            timeout client 5s
            monitor-uri /health

        {InFrontOfDatabase(layout, Database, Ports.Postgres, "/primary")}{InFrontOfReplicas(layout)}{InFrontOfSpire(layout.OfRole(Roles.SpireServer))}
        """;

    private static string InFrontOfReplicas(StackLayout layout) => !layout.Spec.ReadsFromReplicas
        ? string.Empty
        : "\n" + InFrontOfDatabase(layout, "database-reads", Ports.PostgresReads, layout.Spec.Defect == KeepsLaggingReplicas ? "/replica" : "/replica?lag=0");

    private static string InFrontOfDatabase(StackLayout layout, string name, int port, string check) =>
        $"""
        listen {name}
            bind 0.0.0.0:{port}
            option httpchk OPTIONS {check}
            http-check expect status 200
            default-server check port {Ports.Patroni} inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
        {Servers(layout.OfRole(Roles.Postgres), Ports.Postgres)}

        """;

    private static string InFrontOfSpire(IReadOnlyList<NodePlace> servers) => servers.Count == 0
        ? string.Empty
        : $"""

        listen {SpireServers}
            bind 0.0.0.0:{Ports.SpireApi}
            balance leastconn
            stick-table type ip size 100k expire 1h
            stick on src if {AffinityIsHeld}
            option httpchk GET /ready
            http-check expect status 200
            default-server check port {Ports.SpireServerHealth} inter 1s fall 2 rise 1
        {Servers(servers, Ports.SpireApi)}

        """;

    private static string Servers(IEnumerable<NodePlace> nodes, int port) =>
        string.Join('\n', nodes.Select(node => $"    server {node.Name} {node.Address}:{port}"));
}
