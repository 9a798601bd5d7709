using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Closes the Kubernetes nodes under the target nodes to new pods. What runs there goes on.</summary>
/// <remarks>By itself it breaks nothing; together with another fault it decides where that one's pods can come back.</remarks>
public sealed class Cordon : IFaultInjector
{
    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "cordon",
        Summary = "Closes the Kubernetes nodes on which the targets run to new pods; what runs there goes on.",
        Proof = "In force when the API server shows the Kubernetes nodes as unschedulable; over when it shows none of them so.",
        Parameters = [CommonParameters.Target, CommonParameters.For],
        NodesMust = [typeof(IPod)],
        StackMust = [typeof(ICordonControl)],
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var cordon = await CordonedNodes.CloseAsync(order, cancellationToken);
        return new Closed(cordon, order.Get(CommonParameters.For));
    }

    private sealed class Closed(CordonedNodes cordon, TimeSpan length) : IInjection
    {
        public TimeSpan Length => length;

        public Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) => cordon.ProveClosedAsync(cancellationToken);

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => await cordon.ProveClosedAsync(cancellationToken) is { State: ProofState.Proven }
            ? Proof.Proven("Closed to the end.")
            : Proof.Refuted("Somebody else has uncordoned a Kubernetes node.");

        public Task HealAsync(CancellationToken cancellationToken) => cordon.LiftAsync(cancellationToken);

        public Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) => cordon.ProveOpenAsync(cancellationToken);

        public ValueTask DisposeAsync() => cordon.DisposeAsync();
    }
}
