using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Deletes agents, as an operator does with nodes that seem to be gone.</summary>
/// <remarks>
/// An agent that is alive learns of it by its next call, which is refused. SPIRE's agent then attests again in place where its
/// attestor allows that, and ends where it does not.
/// </remarks>
public sealed class AgentEvicted : IFaultInjector
{
    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "agent-evicted",
        Summary = "Deletes agents that are alive: their calls are refused until they have attested again, which they do by themselves.",
        Proof = "In force when SPIRE does not list the agent's SVID any more; it held when the agent was told and has attested again with another; over when it is ready.",
        Parameters = [SpireAgents.Target],
        ProofLimits = new ProofLimits { Held = SpireAgents.NoticesWithin },
        StackMust = SpireServers.Capabilities,
        Objection = SpireAgents.ObjectionToTarget,
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf(SpireAgents.Target), async node =>
        {
            var id = SpireAgents.IdOf(order.Stack, node);
            var before = await SpireServers.AskAnyAsync(order.Stack, server => server.FindAgentAsync(id, cancellationToken));
            await SpireServers.AskAnyAsync(order.Stack, server => server.DeleteAgentAsync(id, cancellationToken));
            return new EvictedAgent(order.Stack, node, id, before?.SerialNumber);
        });

    private sealed class EvictedAgent(IStack stack, INode node, string id, string? before) : IInjection
    {
        public TimeSpan Length => TimeSpan.Zero;

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) =>
            before is null ? Proof.Refuted($"{node.Name} was not listed, so it could not be evicted.")
            : await FindAsync(cancellationToken) is not { } now ? Proof.Proven($"{node.Name} is not listed any more.")
            : now.SerialNumber == before ? Proof.NotYet($"{node.Name} is still listed with the same SVID.")
            : Proof.Proven($"{node.Name} is listed with another SVID already.");

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) =>
            await FindAsync(cancellationToken) is { } now && now.SerialNumber != before
                ? Proof.Proven($"{node.Name} was told, and has attested again with another SVID.")
                : Proof.NotYet($"{node.Name} has not attested again yet; it is {node.Status.State}.");

        public Task HealAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) =>
            SpireAgents.ProveServed(node, await FindAsync(cancellationToken), before!);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private Task<AttestedAgent?> FindAsync(CancellationToken cancellationToken) =>
            SpireServers.AskAnyAsync(stack, server => server.FindAgentAsync(id, cancellationToken));
    }
}
