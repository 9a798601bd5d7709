using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Has the load balancer keep sending each client address to one SPIRE server.</summary>
/// <remarks>
/// As <c>sessionAffinity: ClientIP</c> of a Kubernetes Service does: whoever comes from one address, such as all agents
/// behind one NAT, burdens one server. The load balancer ends it by its own clock, whatever became of the harness.
/// </remarks>
public sealed class Affinity : IFaultInjector
{
    // So many at once that even a server with far fewer connections than the others does not get all of them.
    private const int Connections = 64;

    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "affinity",
        Summary = "The load balancer sends each client address to the SPIRE server that it was first sent to.",
        Proof = "In force when connections from one address all reach one server, to the end; over when they reach several.",
        Changes = _ => "the load balancer's affinity",
        Parameters = [CommonParameters.For],
        StackMust = [typeof(IBalancerControl)],
        Objection = (_, shape) => shape.Nodes.Count(node => node.Role == Roles.SpireServer) > 1 ? null : "the load balancer needs two SPIRE servers to choose from",
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var balancer = (IBalancerControl)order.Stack;
        var length = order.Get(CommonParameters.For);
        await balancer.HoldAffinityAsync(length + Reserve, cancellationToken);
        return new KeptServers(balancer, length);
    }

    private sealed class KeptServers(IBalancerControl balancer, TimeSpan length) : IInjection
    {
        public TimeSpan Length => length;

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            var reached = await balancer.TryConnectionsAsync(Connections, cancellationToken);
            var servers = reached.Distinct().Order(StringComparer.Ordinal).ToArray();
            return reached.Count < Connections ? Proof.NotYet($"{reached.Count} of {Connections} connections reached a server.")
                : servers.Length > 1 ? Proof.NotYet($"{Connections} connections from one address still reach {string.Join(", ", servers)}.")
                : Proof.Proven($"{Connections} connections from one address all reach {servers[0]}.");
        }

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => ProveInjectedAsync(cancellationToken);

        public Task HealAsync(CancellationToken cancellationToken) => balancer.HoldAffinityAsync(TimeSpan.Zero, cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            var servers = (await balancer.TryConnectionsAsync(Connections, cancellationToken)).Distinct().Order(StringComparer.Ordinal).ToArray();
            return servers.Length > 1
                ? Proof.Proven($"Connections from one address reach {string.Join(", ", servers)} again.")
                : Proof.NotYet($"Connections from one address reach {(servers.Length == 0 ? "no server" : $"only {servers[0]}")}.");
        }

        public async ValueTask DisposeAsync() => await HealAsync(CancellationToken.None);
    }
}
