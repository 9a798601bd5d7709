using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Ends every process of the target nodes with SIGKILL. They are started again by their restart policy.</summary>
public sealed class Kill : IFaultInjector
{
    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "kill",
        Summary = "Ends every process of the nodes with SIGKILL; their restart policy starts them again.",
        Proof = "In force when the processes that were hit are gone; over when each node is ready in a new incarnation.",
        TakesTargetsAway = true,
        Return = DownNodes.UsualReturn,
        Parameters = [CommonParameters.Target, CommonParameters.Hold],
        NodesMust = [typeof(IKillable)],
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var hold = order.Get(CommonParameters.Hold);
        var nodes = order.NodesOf<IKillable>(CommonParameters.Target);
        var receipts = await Task.WhenAll(nodes.Select(node => node.KillAsync(hold > TimeSpan.Zero, cancellationToken)));
        return new DownNodes("killed", hold, nodes.Zip(receipts));
    }
}
