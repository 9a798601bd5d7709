using Spire.Wire.Contracts.Types;
using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Spire.Access;
using Validation.Spire.Agents;

namespace Validation.Spire.Drivers;

/// <summary>A population of virtual agents. Each has a connection of its own and lives as SPIRE's agent does.</summary>
public sealed class SpireAgents : ILoadDriver
{
    private static readonly Parameter<int> Agents = Parameters.Count("agents", "How many agents there are.", 1, 50_000, 1_000);

    private static readonly Parameter<TimeSpan> SyncInterval = Parameters.Duration(
        "sync-interval",
        "The time between two syncs of one agent, give or take a tenth.",
        TimeSpan.FromSeconds(1),
        TimeSpan.FromHours(1),
        TimeSpan.FromSeconds(5));

    private static readonly Parameter<TimeSpan> StartOver = Parameters.Duration(
        "start-over", "The time over which the agents start, one after the other; 0s starts all at once.", TimeSpan.Zero, TimeSpan.FromHours(1), TimeSpan.FromSeconds(30));

    private static readonly Parameter<int> Entries = Parameters.Count(
        "entries", "How many registration entries every agent has.", 0, 500, 1);

    private static readonly Parameter<TimeSpan> SvidTtl = Parameters.Duration(
        "svid-ttl", "The life of the SVIDs that are signed for the entries.", TimeSpan.FromSeconds(10), TimeSpan.FromHours(24), TimeSpan.FromHours(1));

    private static readonly Parameter<AgentAddresses> Addresses = Parameters.Choice(
        "addresses", "Whether the agents connect from one address of the workload node, or each from another.", AgentAddresses.Shared);

    /// <inheritdoc/>
    public DriverKind Kind { get; } = new(
        DriverNames.SpireAgents,
        "A population of virtual agents that attest, sync, have SVIDs signed and renew their own, as SPIRE's agent does.",
        [Agents, SyncInterval, StartOver, Entries, SvidTtl, Addresses])
    {
        Needs = [SpireAccess.NodeAuthority, SpireAccess.Administrator],
        StackMust = values => values.Get(Addresses) == AgentAddresses.OneEach ? [typeof(ISourceAddresses)] : [],
        Operations = AgentOperations.Kinds(values => new Rate(values.Get(Agents) / values.Get(SyncInterval).TotalSeconds)),
    };

    /// <inheritdoc/>
    public async Task<IPreparedLoad> PrepareAsync(LoadSpec load, LoadSite site, CancellationToken cancellationToken)
    {
        var session = await SpireSession.OpenAsync(site, cancellationToken);
        try
        {
            await RegisterAsync(load, site, session, cancellationToken);
            return new Population(
                load,
                site,
                session,
                load.Parameters.Get(Agents),
                load.Parameters.Get(SyncInterval),
                load.Parameters.Get(StartOver),
                load.Parameters.Get(Addresses));
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static async Task RegisterAsync(LoadSpec load, LoadSite site, SpireSession session, CancellationToken cancellationToken)
    {
        using var administrator = await Administrator.AppointAsync(site.Spire, session.Connector, site.Time, cancellationToken);
        var nodes = await HarnessNodes.RegisterAsync(administrator, session, cancellationToken);
        for (var i = 1; i <= load.Parameters.Get(Entries); i++)
        {
            await administrator.RegisterAsync(
                new Entry
                {
                    ParentId = nodes.ToApi(),
                    SpiffeId = session.IdOf($"agents/{load.Name}/{i}").ToApi(),
                    Selectors = { new global::Spire.Wire.Contracts.Types.Selector { Type = "harness", Value = $"{load.Name}-{i}" } },
                    X509SvidTtl = (int)load.Parameters.Get(SvidTtl).TotalSeconds,
                },
                cancellationToken);
        }
    }
}
