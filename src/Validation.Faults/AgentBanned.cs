using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Bans agents, as an operator does with a node that was broken into.</summary>
/// <remarks>
/// SPIRE's agent forgets its SVID and ends when it is told so by its next call, and each new start of it is refused. SPIRE
/// lifts no ban by itself: it is over when the agent is deleted, which lets it attest again.
/// </remarks>
public sealed class AgentBanned : IFaultInjector
{
    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "agent-banned",
        Summary = "Bans agents: every call of theirs is refused and they end; at the end they are deleted, so that they may attest again.",
        Proof = "In force when SPIRE lists the agent as banned and its process has ended by itself; it held when it is still banned and not ready; over when it is listed with an SVID and ready.",
        TakesTargetsAway = true,
        Parameters = [SpireAgents.Target, CommonParameters.For],
        ProofLimits = new ProofLimits { Injected = SpireAgents.NoticesWithin },
        StackMust = SpireServers.Capabilities,
        Objection = SpireAgents.ObjectionToTarget,
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf(SpireAgents.Target), async node =>
        {
            var banned = new BannedAgent(order.Stack, node, order.Get(CommonParameters.For));
            try
            {
                await banned.BanAsync(cancellationToken);
                return banned;
            }
            catch
            {
                await banned.DisposeAsync();
                throw;
            }
        });

    private sealed class BannedAgent : IInjection
    {
        private readonly IStack _stack;
        private readonly INode _node;
        private readonly string _id;
        private readonly int _incarnation;
        private readonly Reversal _reversal;

        public BannedAgent(IStack stack, INode node, TimeSpan length)
        {
            (_stack, _node, _incarnation, Length) = (stack, node, node.Status.Incarnation, length);
            _id = SpireAgents.IdOf(stack, node);
            _reversal = new Reversal(token => SpireServers.AskAnyAsync(stack, server => server.DeleteAgentAsync(_id, token)));
        }

        public TimeSpan Length { get; }

        public Task BanAsync(CancellationToken cancellationToken) =>
            SpireServers.AskAnyAsync(_stack, server => server.BanAgentAsync(_id, cancellationToken));

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            if (await FindAsync(cancellationToken) is not { IsBanned: true })
            {
                return Proof.NotYet($"{_node.Name} is not listed as banned.");
            }

            return _node.Status is var status && (status.Incarnation != _incarnation || status.State == NodeState.BackOff)
                ? Proof.Proven($"{_node.Name} is listed as banned and has ended by itself{(status.Reason is { } reason ? $": {reason}" : string.Empty)}.")
                : Proof.NotYet($"{_node.Name} is listed as banned, and has not noticed yet: it is {status.State}.");
        }

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) =>
            await FindAsync(cancellationToken) is not { IsBanned: true } ? Proof.Refuted($"{_node.Name} is not listed as banned any more.")
            : _node.Status.State == NodeState.Ready ? Proof.Refuted($"{_node.Name} is listed as banned and ready all the same.")
            : Proof.Proven($"{_node.Name} is still listed as banned and was started {_node.Status.Incarnation - _incarnation} times in vain.");

        public Task HealAsync(CancellationToken cancellationToken) => _reversal.TryAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) =>
            await _reversal.TryAsync(cancellationToken)
            ?? SpireAgents.ProveServed(_node, await FindAsync(cancellationToken), string.Empty);

        public async ValueTask DisposeAsync() => await _reversal.TryAsync(CancellationToken.None);

        private Task<AttestedAgent?> FindAsync(CancellationToken cancellationToken) =>
            SpireServers.AskAnyAsync(_stack, server => server.FindAgentAsync(_id, cancellationToken));
    }
}
