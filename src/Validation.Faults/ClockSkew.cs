using System.Globalization;
using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Sets the clocks of the target nodes off. They are started again for it, and not when it is over.</summary>
public sealed class ClockSkew : IFaultInjector
{
    // What a node says is in whole seconds, and it was said a moment ago.
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    private static readonly Parameter<TimeSpan> By = Parameters.Duration("by", "How much the clocks are off.", TimeSpan.FromSeconds(5), TimeSpan.FromHours(24));

    private static readonly Parameter<ClockDirection> Direction = Parameters.Choice("direction", "Whether they are ahead or behind.", ClockDirection.Ahead);

    private readonly TimeProvider _time;

    /// <summary>Creates the injector.</summary>
    /// <param name="time">The clock that is right.</param>
    public ClockSkew(TimeProvider time) => _time = time;

    private enum ClockDirection
    {
        Ahead,
        Behind,
    }

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "clock-skew",
        Summary = "Starts the nodes again with clocks that are off.",
        Proof = "In force, to the end, while the time in the nodes' own answers is as far off; over when it is right and they are ready.",
        TakesTargetsAway = true,
        Parameters = [CommonParameters.Target, By, Direction, CommonParameters.For],
        ProofLimits = new ProofLimits { Injected = TimeSpan.FromSeconds(30) },
        NodesMust = [typeof(IClockControl)],
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf<IClockControl>(CommonParameters.Target), async node =>
        {
            var length = order.Get(CommonParameters.For);
            var by = order.Get(Direction) == ClockDirection.Ahead ? order.Get(By) : -order.Get(By);
            return new SkewedNode(node, await node.SetClockOffAsync(by, Pause.Lease(length), cancellationToken), by, _time, length);
        });

    private sealed class SkewedNode(IClockControl node, IAsyncDisposable skew, TimeSpan by, TimeProvider time, TimeSpan length) : IInjection
    {
        private readonly Reversal _reversal = new(_ => skew.DisposeAsync().AsTask());

        public TimeSpan Length => length;

        public Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) => ProveAsync(by, cancellationToken);

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => ProveAsync(by, cancellationToken);

        public Task HealAsync(CancellationToken cancellationToken) => _reversal.TryAsync(cancellationToken);

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) =>
            await _reversal.TryAsync(cancellationToken)
            ?? (node.Status.State == NodeState.Ready ? await ProveAsync(TimeSpan.Zero, cancellationToken) : Proof.NotYet($"{node.Name} is {node.Status.State}."));

        public async ValueTask DisposeAsync() => await _reversal.TryAsync(CancellationToken.None);

        private async Task<Proof> ProveAsync(TimeSpan expected, CancellationToken cancellationToken)
        {
            if (await node.ReadClockAsync(cancellationToken) is not { } clock)
            {
                return Proof.NotYet($"{node.Name} does not say what time it is.");
            }

            var off = clock - time.GetUtcNow();
            var seen = string.Create(CultureInfo.InvariantCulture, $"{node.Name} says that it is {clock:HH:mm:ss}, {Math.Abs(off.TotalSeconds):0} s {(off < TimeSpan.Zero ? "behind" : "ahead")}");
            return (off - expected).Duration() <= Tolerance
                ? Proof.Proven($"{seen}.")
                : Proof.NotYet($"{seen}; {Duration.Format(expected.Duration())} were expected.");
        }
    }
}
