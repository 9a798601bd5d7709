using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Takes the store away in which the database's cluster manager keeps its leader lock.</summary>
/// <remarks>Nothing is wrong with PostgreSQL; a primary that cannot renew its lock steps down all the same, unless Patroni's failsafe mode is on.</remarks>
public sealed class DcsAway : IFaultInjector
{
    private static readonly Parameter<Selector> Target = Parameters.Target("target", "The nodes of the configuration store.", Roles.Dcs);

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "dcs-away",
        Summary = "Kills the configuration store and keeps it down; the database's primary steps down when it cannot renew its lock.",
        Proof = "In force when the store's processes are gone; it held when no database node was primary any more; over when one is and a write is acknowledged.",
        TakesTargetsAway = true,
        Changes = _ => "the database's roles",
        ChangesStack = true,
        Parameters = [Target, CommonParameters.For],
        ProofLimits = new ProofLimits { Held = TimeSpan.FromSeconds(60), Healed = TimeSpan.FromSeconds(120) },
        NodesMust = [typeof(IKillable)],
        StackMust = [typeof(IDatabaseCluster)],
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var nodes = order.NodesOf<IKillable>(Target);
        var receipts = await Task.WhenAll(nodes.Select(node => node.KillAsync(holdDown: true, cancellationToken)));
        return new StoreAway((IDatabaseCluster)order.Stack, new DownNodes("killed", order.Get(CommonParameters.For), nodes.Zip(receipts)));
    }

    private sealed class StoreAway(IDatabaseCluster cluster, DownNodes down) : IInjection
    {
        public TimeSpan Length => down.Length;

        public Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) => down.ProveInjectedAsync(cancellationToken);

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken)
        {
            var stayed = await down.ProveHeldAsync(cancellationToken);
            if (stayed.State != ProofState.Proven)
            {
                return stayed;
            }

            var members = await cluster.GetMembersAsync(cancellationToken);
            return members.Any(member => member.Role == DatabaseRole.Primary)
                ? Proof.NotYet("There is still a primary: " + PrimaryChange.Describe(members))
                : Proof.Proven("The primary has stepped down: " + PrimaryChange.Describe(members));
        }

        public Task HealAsync(CancellationToken cancellationToken) => down.HealAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            var ready = await down.ProveHealedAsync(cancellationToken);
            if (ready.State != ProofState.Proven)
            {
                return ready;
            }

            var members = await cluster.GetMembersAsync(cancellationToken);
            return members.FirstOrDefault(member => member.Role == DatabaseRole.Primary)?.Node is { } primary && await cluster.TryWriteAsync(cancellationToken)
                ? Proof.Proven($"{ready.Statement} {primary.Name} is primary and takes writes.")
                : Proof.NotYet("The database takes no writes yet: " + PrimaryChange.Describe(members));
        }

        public ValueTask DisposeAsync() => down.DisposeAsync();
    }
}
