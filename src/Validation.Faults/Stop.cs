using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Asks the target nodes to end with SIGTERM, and kills what is left after the grace period.</summary>
public sealed class Stop : IFaultInjector
{
    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "stop",
        Summary = "Asks the nodes to end with SIGTERM and kills what is left after the grace period; their restart policy starts them again.",
        Proof = "In force when the processes that were hit are gone; over when each node is ready in a new incarnation.",
        TakesTargetsAway = true,
        Return = DownNodes.UsualReturn,
        Parameters = [CommonParameters.Target, CommonParameters.Grace, CommonParameters.Hold],
        NodesMust = [typeof(IStoppable)],
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var hold = order.Get(CommonParameters.Hold);
        var nodes = order.NodesOf<IStoppable>(CommonParameters.Target);
        var receipts = await Task.WhenAll(nodes.Select(node => node.StopAsync(order.Get(CommonParameters.Grace), hold > TimeSpan.Zero, cancellationToken)));
        var how = receipts.All(receipt => receipt.EndedWithinGrace) ? "stopped within the grace period" : "stopped, not all within the grace period";
        return new DownNodes(how, hold, nodes.Cast<IKillable>().Zip(receipts));
    }
}
