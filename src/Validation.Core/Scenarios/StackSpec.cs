using Validation.Core.Stacks;

namespace Validation.Core.Scenarios;

/// <summary>The stack a scenario asks for.</summary>
public sealed record StackSpec
{
    /// <summary>Gets the highly available stack that scenarios get when they do not ask for another.</summary>
    public static StackSpec Default { get; } = new();

    /// <summary>Gets the number of nodes for each role.</summary>
    /// <value>Defaults to three SPIRE servers, two SPIRE agents, two PostgreSQL nodes and one of everything else but a name server.</value>
    public IReadOnlyDictionary<string, int> Counts { get; init; } = new Dictionary<string, int>
    {
        [Roles.Dcs] = 1,
        [Roles.Postgres] = 2,
        [Roles.Pooler] = 1,
        [Roles.LoadBalancer] = 1,
        [Roles.SpireServer] = 3,
        [Roles.SpireAgent] = 2,
        [Roles.Workload] = 1,
    };

    /// <summary>Gets how long X509-SVIDs of workloads live.</summary>
    /// <value>At least 1 minute. Defaults to SPIRE's own default, 1 hour.</value>
    public TimeSpan X509SvidTtl { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Gets how long X509-SVIDs of agents live.</summary>
    /// <value>At least 1 minute. Defaults to SPIRE's own default, 1 hour.</value>
    public TimeSpan AgentTtl { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Gets how long a server's certificate authority lives.</summary>
    /// <value>At least 10 minutes. Defaults to SPIRE's own default, 24 hours.</value>
    public TimeSpan CaTtl { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Gets the pause between two syncs of an agent.</summary>
    /// <value>At least 1 second. Defaults to SPIRE's own default, 5 seconds.</value>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets whether SPIRE's servers know all database nodes and look for the one that takes writes, instead of going through the pooler.</summary>
    /// <value>Defaults to false.</value>
    public bool KnowsDatabaseHosts { get; init; }

    /// <summary>Gets whether SPIRE's servers read what may be a little old from the database's replicas, through a pool that a replica leaves while it lags.</summary>
    /// <value>Defaults to false: all is read from the primary.</value>
    public bool ReadsFromReplicas { get; init; }

    /// <summary>Gets by what SPIRE's agents prove where they are; one of <see cref="NodeAttestors"/>.</summary>
    /// <value>Defaults to <see cref="NodeAttestors.X509Pop"/>.</value>
    public string NodeAttestor { get; init; } = NodeAttestors.X509Pop;

    /// <summary>Gets the mistake that the embedded SPIRE, or the stack around it, makes.</summary>
    /// <value>Defaults to none.</value>
    public DefectKind? Defect { get; init; }

    /// <summary>Gets which keys of the stack the scenario states itself, and where; all others have their defaults.</summary>
    /// <value>Roles, and <c>spire</c> and <c>database</c> for any of their settings. Defaults to none.</value>
    public IReadOnlyDictionary<string, SourcePosition> Stated { get; init; } = new Dictionary<string, SourcePosition>();

    /// <summary>Gets what the scenario's faults must be able to do to it, as capability interfaces.</summary>
    /// <value>Defaults to nothing. An environment that needs rights for a fault asks for them before anything starts, and for no others.</value>
    public IReadOnlySet<Type> FaultsMust { get; init; } = new HashSet<Type>();

    /// <summary>Gets the names of the nodes, role by role: <c>spire-server-1</c>, <c>spire-server-2</c> …</summary>
    public IEnumerable<(string Name, string Role)> NodeNames() =>
        from role in Roles.All
        from index in Enumerable.Range(1, Counts.GetValueOrDefault(role))
        select ($"{role}-{index}", role);
}
