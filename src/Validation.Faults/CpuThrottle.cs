using System.Globalization;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Leaves the target nodes a share of one processor, as the quota of a container does that is too small.</summary>
/// <remarks>A node that uses its share up stands still until time has earned it more; probes and clients feel that.</remarks>
public sealed class CpuThrottle : IFaultInjector
{
    private const double LeastShare = 0.01;

    // The kernel counts processor time in hundredths of a second for each process.
    private const double Tolerance = 0.02, RelativeTolerance = 1.1;

    private static readonly TimeSpan LookFor = TimeSpan.FromSeconds(1);

    private static readonly Parameter<double> Share = Parameters.Share("share", "How much of one processor each target may use.", LeastShare);

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "cpu-throttle",
        Summary = "Stops the nodes' processes whenever they have used more than their share of one processor, until they may go on.",
        Proof = "In force when a node has used no more than its share for a second, as the kernel counts it; it held when that is true to the end and the node wanted more; over when every process may run and the node is ready.",
        TakesTargetsAway = true,
        Parameters = [CommonParameters.Target, Share, CommonParameters.For],
        NodesMust = [typeof(IProcessorControl), typeof(IPausable)],
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf<IProcessorControl>(CommonParameters.Target), async node =>
        {
            var (length, share) = (order.Get(CommonParameters.For), order.Get(Share));
            return new ThrottledNode((IPausable)node, await node.ThrottleAsync(share, Pause.Lease(length), cancellationToken), share, length);
        });

    private sealed class ThrottledNode(IPausable node, IProcessorPressure pressure, double share, TimeSpan length) : IInjection
    {
        public TimeSpan Length => length;

        public Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) =>
            ProveAsync(use => use.Elapsed < LookFor ? "not looked at for long enough" : null, cancellationToken);

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) =>
            ProveAsync(use => use.Stops == 0 ? "it never wanted more" : null, cancellationToken);

        public Task HealAsync(CancellationToken cancellationToken) => pressure.HealAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) =>
            node.Status.State == NodeState.Ready && !await node.IsFrozenAsync(cancellationToken)
                ? Proof.Proven($"{node.Name} runs freely and is ready.")
                : Proof.NotYet($"{node.Name} is {node.Status.State}.");

        public ValueTask DisposeAsync() => pressure.DisposeAsync();

        private async Task<Proof> ProveAsync(Func<ProcessorUse, string?> objection, CancellationToken cancellationToken)
        {
            var use = await pressure.ReadAsync(cancellationToken);
            var seen = string.Create(
                CultureInfo.InvariantCulture,
                $"{node.Name} ({use.Processes} processes) has used {use.Share:P1} of a processor in {use.Elapsed.TotalSeconds:0.0} s, of {share:P1}; stopped {use.Stops} times");
            return objection(use) is { } why ? Proof.NotYet($"{seen}: {why}.")
                : use.Share <= (share * RelativeTolerance) + Tolerance ? Proof.Proven($"{seen}.")
                : Proof.NotYet($"{seen}: too much.");
        }
    }
}
