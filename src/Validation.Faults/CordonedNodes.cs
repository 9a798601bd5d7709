using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>The Kubernetes nodes under the targets of a fault, closed to new pods. Shared by the faults that close them.</summary>
internal sealed class CordonedNodes : IAsyncDisposable
{
    private readonly ICordon _cordon;

    private CordonedNodes(ICordon cordon) => _cordon = cordon;

    /// <summary>Gets the names of the Kubernetes nodes.</summary>
    public IReadOnlyCollection<string> Names => _cordon.KubernetesNodes;

    /// <summary>Gets the names as text.</summary>
    public string Text => string.Join(", ", Names);

    /// <summary>Closes the Kubernetes nodes on which the targets run.</summary>
    /// <param name="order">The fault.</param>
    /// <param name="cancellationToken">Ends the attempt; none stays closed.</param>
    /// <exception cref="HarnessException">A target runs nowhere, or a Kubernetes node was closed already.</exception>
    public static async Task<CordonedNodes> CloseAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var under = order.NodesOf<IPod>(CommonParameters.Target).Select(node => node.KubernetesNode ?? throw new HarnessException(
            ExitCode.EnvironmentFailed, $"{node.Name} is on no Kubernetes node: {ReplacedPods.Describe(node)}.")).Distinct().ToArray();
        return new CordonedNodes(await ((ICordonControl)order.Stack).CordonAsync(under, cancellationToken));
    }

    /// <summary>Looks whether all are closed.</summary>
    /// <param name="cancellationToken">Ends the looking.</param>
    public async Task<Proof> ProveClosedAsync(CancellationToken cancellationToken)
    {
        var open = Names.Except(await _cordon.AskClosedAsync(cancellationToken)).ToArray();
        return open.Length == 0
            ? Proof.Proven($"The API server shows {Text} as unschedulable.")
            : Proof.NotYet($"The API server does not show {string.Join(", ", open)} as unschedulable.");
    }

    /// <summary>Looks whether all are open.</summary>
    /// <param name="cancellationToken">Ends the looking.</param>
    public async Task<Proof> ProveOpenAsync(CancellationToken cancellationToken)
    {
        var closed = await _cordon.AskClosedAsync(cancellationToken);
        return closed.Count == 0
            ? Proof.Proven($"The API server shows {Text} as schedulable.")
            : Proof.NotYet($"The API server still shows {string.Join(", ", closed)} as unschedulable.");
    }

    /// <summary>Opens them again.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task LiftAsync(CancellationToken cancellationToken) => _cordon.LiftAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _cordon.DisposeAsync();
}
