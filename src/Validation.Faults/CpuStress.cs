using System.Globalization;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Lets processes beside the target nodes' own use all processor time that they can get, as a noisy neighbour does.</summary>
/// <remarks>Where nodes share one machine, all of them get less, the harness too; whether it lacked some is told by its own watch.</remarks>
public sealed class CpuStress : IFaultInjector
{
    // What busy processes must have got at least, of what the machine's processors could have given them.
    private const double LeastShare = 0.1;

    private static readonly Parameter<int> Workers = Parameters.Count("workers", "How many busy processes each target gets.", 1, 64, 2);

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "cpu-stress",
        Summary = "Starts processes on the nodes that do nothing but use processor time.",
        Proof = "In force when each of them has used processor time, as the kernel counts it; it held when all still ran and got a tenth of what they could; over when they are gone.",
        Parameters = [CommonParameters.Target, Workers, CommonParameters.For],
        NodesMust = [typeof(IProcessorControl)],
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf<IProcessorControl>(CommonParameters.Target), async node =>
        {
            var (length, workers) = (order.Get(CommonParameters.For), order.Get(Workers));
            var pressure = await node.OccupyAsync(workers, Pause.Lease(length), cancellationToken);
            return new BusyNode(node, pressure, workers, length);
        });

    private sealed class BusyNode(INode node, IProcessorPressure pressure, int workers, TimeSpan length) : IInjection
    {
        public TimeSpan Length => length;

        public Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) => ProveAsync(use => use.Used > TimeSpan.Zero, cancellationToken);

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) =>
            ProveAsync(use => use.Share >= LeastShare * Math.Min(workers, Environment.ProcessorCount), cancellationToken);

        public Task HealAsync(CancellationToken cancellationToken) => pressure.HealAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) =>
            (await pressure.ReadAsync(cancellationToken)).Processes is > 0 and var left
                ? Proof.NotYet($"{left} busy processes are still on {node.Name}.")
                : Proof.Proven($"No busy process is left on {node.Name}.");

        public ValueTask DisposeAsync() => pressure.DisposeAsync();

        private async Task<Proof> ProveAsync(Func<ProcessorUse, bool> isEnough, CancellationToken cancellationToken)
        {
            var use = await pressure.ReadAsync(cancellationToken);
            var seen = string.Create(
                CultureInfo.InvariantCulture,
                $"{use.Processes} busy processes on {node.Name} have used {use.Used.TotalSeconds:0.00} s of processor time in {use.Elapsed.TotalSeconds:0.0} s");
            return use.Processes < workers ? Proof.Refuted($"{workers - use.Processes} of {workers} busy processes on {node.Name} ended before their time.")
                : isEnough(use) ? Proof.Proven($"{seen}.")
                : Proof.NotYet($"{seen}, too little to be felt.");
        }
    }
}
