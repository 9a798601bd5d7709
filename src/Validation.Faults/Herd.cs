using System.Net;
using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Resets every connection at the load balancer in front of the SPIRE servers, so that all agents come back at once.</summary>
/// <remarks>Nothing is away meanwhile, unlike when the load balancer is restarted: what is asked is what it costs that all of them do so.</remarks>
public sealed class Herd : IFaultInjector
{
    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "herd",
        Summary = "Resets every connection between the load balancer and those who call SPIRE through it; they connect anew.",
        Proof = "In force when none of the connections exists any more; it held when every address that had some has others; over when the agents are ready, each with a connection.",
        Parameters = [],
        ProofLimits = new ProofLimits { Held = SpireAgents.NoticesWithin },
        StackMust = [typeof(ISpireStack), typeof(IConnectionControl)],
        Objection = (_, shape) => shape.Nodes.Any(node => node.Role == Roles.LoadBalancer) ? null : "the stack has no load balancer",
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var spire = (ISpireStack)order.Stack;
        var balancer = order.Stack.Nodes.First(node => node.Address.Equals(spire.LoadBalancedApi.Address));
        var connections = (IConnectionControl)order.Stack;
        IReadOnlyList<IPEndPoint> Read() => connections.ReadClients(balancer, spire.LoadBalancedApi.Port);

        var before = Read();
        connections.ResetClients(balancer, spire.LoadBalancedApi.Port);
        return Task.FromResult<IInjection>(new NewConnections(before, Read, [.. spire.Agents.Select(agent => agent.Node)]));
    }

    private sealed class NewConnections(IReadOnlyList<IPEndPoint> before, Func<IReadOnlyList<IPEndPoint>> read, IReadOnlyList<INode> agents) : IInjection
    {
        public TimeSpan Length => TimeSpan.Zero;

        private int Addresses => before.Select(client => client.Address).Distinct().Count();

        public Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            var left = read().Intersect(before).Count();
            return Task.FromResult(
                before.Count == 0 ? Proof.Refuted("Nobody was connected to SPIRE through the load balancer.")
                : left > 0 ? Proof.NotYet($"{left} of {before.Count} connections still exist.")
                : Proof.Proven($"{before.Count} connections of {Addresses} addresses reset; none of them exists any more."));
        }

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken)
        {
            var now = read();
            var missing = before.Select(client => client.Address).Except(now.Select(client => client.Address)).ToArray();
            return Task.FromResult(missing.Length > 0
                ? Proof.NotYet($"{missing.Length} of {Addresses} addresses not connected again yet, such as {missing[0]}.")
                : Proof.Proven($"{now.Except(before).Count()} new connections of {Addresses} addresses."));
        }

        public Task HealAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            var connected = read().Select(client => client.Address).ToHashSet();
            var waiting = agents.FirstOrDefault(agent => agent.Status.State != NodeState.Ready || !connected.Contains(agent.Address));
            return Task.FromResult(waiting is null
                ? Proof.Proven($"{string.Join(", ", agents.Select(agent => agent.Name))} ready and connected.")
                : Proof.NotYet($"{waiting.Name} is {waiting.Status.State} and {(connected.Contains(waiting.Address) ? string.Empty : "not ")}connected."));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
