using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Stops the target nodes gracefully and starts them again at once, without back-off.</summary>
public sealed class Restart : IFaultInjector
{
    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "restart",
        Summary = "Asks the nodes to end with SIGTERM, kills what is left after the grace period, and starts them again at once.",
        Proof = "In force when the processes that were hit are gone; over when each node is ready in a new incarnation.",
        TakesTargetsAway = true,
        Return = DownNodes.UsualReturn,
        Parameters = [CommonParameters.Target, CommonParameters.Grace],
        NodesMust = [typeof(IStoppable)],
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var grace = order.Get(CommonParameters.Grace);
        var nodes = order.NodesOf<IStoppable>(CommonParameters.Target);
        var receipts = await Task.WhenAll(nodes.Select(node => OnceAsync(node, grace, cancellationToken)));
        return new DownNodes("stopped and started again", TimeSpan.Zero, nodes.Cast<IKillable>().Zip(receipts));
    }

    /// <summary>Stops one node and lets it start again.</summary>
    /// <param name="node">The node.</param>
    /// <param name="grace">How long it may take to end by itself.</param>
    /// <param name="cancellationToken">Ends the waiting; the node starts again all the same.</param>
    internal static async Task<SignalReceipt> OnceAsync(IStoppable node, TimeSpan grace, CancellationToken cancellationToken)
    {
        try
        {
            return await node.StopAsync(grace, holdDown: true, cancellationToken);
        }
        finally
        {
            await node.ReleaseAsync(CancellationToken.None);
        }
    }
}
