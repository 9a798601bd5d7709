namespace Validation.Core.Stacks;

/// <summary>The roles a node can have in a stack.</summary>
public static class Roles
{
    /// <summary>A SPIRE server.</summary>
    public const string SpireServer = "spire-server";

    /// <summary>A SPIRE agent with its Workload API socket.</summary>
    public const string SpireAgent = "spire-agent";

    /// <summary>A PostgreSQL node under Patroni.</summary>
    public const string Postgres = "postgres";

    /// <summary>The distributed configuration store in which Patroni keeps the leader lock.</summary>
    public const string Dcs = "dcs";

    /// <summary>PgBouncer, between the SPIRE servers and the database.</summary>
    public const string Pooler = "pooler";

    /// <summary>HAProxy, in front of the SPIRE servers and of the database primary.</summary>
    public const string LoadBalancer = "load-balancer";

    /// <summary>The name server of a stack whose nodes find each other by names. Stacks have none unless a scenario asks for it.</summary>
    public const string Dns = "dns";

    /// <summary>The place in the network from which the load comes.</summary>
    public const string Workload = "workload";

    /// <summary>A machine of a Kubernetes cluster on which nodes of other roles run. No scenario asks for one; clusters have them.</summary>
    public const string KubernetesNode = "kubernetes-node";

    /// <summary>Gets all roles that a scenario can ask for, in the order in which a stack is drawn: what is used first, its users last.</summary>
    public static IReadOnlyList<string> All { get; } =
        [Dns, Dcs, Postgres, Pooler, LoadBalancer, SpireServer, SpireAgent, Workload];
}
