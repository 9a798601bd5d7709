using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Removes servers with all that they had, and lets others without keys take their places.</summary>
/// <remarks>
/// A SPIRE server without keys makes an authority and signs with it at once, before agents can know it. An agent that meets
/// it then takes it for an impostor, and SPIRE's ends because of that. So an added server is a fault of its own kind; one
/// that is only removed for a while is <c>stop</c> with <c>hold</c>.
/// </remarks>
public sealed class ServerReplaced : IFaultInjector
{
    private static readonly Parameter<Selector> Target = Parameters.Target("target", "The SPIRE servers that are replaced.", "spire-server/any");

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "server-replaced",
        Summary = "Kills servers and takes everything from them that they had stored; after a while they start as new servers, with new authorities.",
        Proof = "In force when the processes that were hit are gone; it held when they stayed away; over when each is ready and signs with another authority, which every server's bundle has.",
        TakesTargetsAway = true,
        Return = DownNodes.UsualReturn,
        Parameters = [Target, CommonParameters.Hold],
        NodesMust = [typeof(IErasable)],
        StackMust = SpireServers.Capabilities,
        Objection = (fault, shape) => CommonParameters.ObjectionToTarget(fault, shape, Roles.SpireServer, "SPIRE server"),
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf<IErasable>(Target), async node =>
        {
            var server = ((ISpireControl)order.Stack).ControlOf(node);
            var before = await server.ReadActiveAuthorityAsync(AuthorityKind.X509, cancellationToken);
            try
            {
                var receipt = await node.KillAsync(holdDown: true, cancellationToken);
                await node.EraseAsync(cancellationToken);
                return new NewServer(server, SpireServers.Of(order.Stack), before, new DownNodes("removed", order.Get(CommonParameters.Hold), [(node, receipt)]));
            }
            catch
            {
                await node.ReleaseAsync(CancellationToken.None);
                throw;
            }
        });

    private sealed class NewServer(ISpireServerControl server, IReadOnlyList<ISpireServerControl> all, string before, DownNodes down) : IInjection
    {
        public TimeSpan Length => down.Length;

        public Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) => down.ProveInjectedAsync(cancellationToken);

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => down.ProveHeldAsync(cancellationToken);

        public Task HealAsync(CancellationToken cancellationToken) => down.HealAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            var ready = await down.ProveHealedAsync(cancellationToken);
            if (ready.State != ProofState.Proven)
            {
                return ready;
            }

            var now = await server.ReadActiveAuthorityAsync(AuthorityKind.X509, cancellationToken);
            if (now == before)
            {
                return Proof.Refuted($"{server.Node.Name} came back with the authority that it had before.");
            }

            foreach (var one in all)
            {
                if (!(await one.ReadBundleAsync(AuthorityKind.X509, cancellationToken)).Any(authority => authority.Id == now))
                {
                    return Proof.NotYet($"The bundle of {one.Node.Name} does not have the new authority of {server.Node.Name}.");
                }
            }

            return Proof.Proven($"{ready.Statement} It signs with another authority, which every server's bundle has.");
        }

        public ValueTask DisposeAsync() => down.DisposeAsync();
    }
}
