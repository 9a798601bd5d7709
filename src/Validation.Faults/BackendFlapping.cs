using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Lets the load balancer believe again and again that a back end is down, until its own check finds it up.</summary>
/// <remarks>Nothing is to be taken back: the balancer's next check ends it, whatever became of the harness.</remarks>
public sealed class BackendFlapping : IFaultInjector
{
    private static readonly Parameter<Selector> Target = Parameters.Target("target", "The back ends that flap: SPIRE servers or database nodes.");

    private static readonly Parameter<TimeSpan> Period = Parameters.Duration(
        "period", "The time from one change to the next.", TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(3));

    private readonly TimeProvider _time;

    /// <summary>Creates the injector.</summary>
    /// <param name="time">The clock.</param>
    public BackendFlapping(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "backend-flapping",
        Summary = "Lets the load balancer take a back end for down, and up again by its own check, every so often.",
        Proof = "In force when the load balancer has counted a change to down; it held when it has counted another for each period; over when it has the back end up.",
        Changes = _ => "the health",
        Parameters = [Target, Period, CommonParameters.For],
        StackMust = [typeof(IBalancerControl)],
        Objection = ObjectionToTarget,
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf(Target), async node =>
        {
            var balancer = (IBalancerControl)order.Stack;
            var before = await balancer.ReadBackEndAsync(node, cancellationToken);
            await balancer.ReportDownAsync(node, cancellationToken);
            var again = Repetition.Every(order.Get(Period), _time, token => balancer.ReportDownAsync(node, token));
            return new FlappingBackEnd(balancer, node, before.TimesDown, again, order.Get(Period), order.Get(CommonParameters.For));
        });

    private static string? ObjectionToTarget(FaultSpec fault, StackShape shape)
    {
        var target = fault.Parameters.Get(Target).Name;
        return shape.Nodes.FirstOrDefault(node => (node.Name == target || node.Role == target) && node.Role is not (Roles.SpireServer or Roles.Postgres)) is { } other
            ? $"the load balancer has no back end {other.Name}"
            : null;
    }

    private sealed class FlappingBackEnd(
        IBalancerControl balancer, INode node, long before, Repetition again, TimeSpan period, TimeSpan length) : IInjection
    {
        public TimeSpan Length => length;

        // The last one may not have begun when the end is looked at, and one more may go to the time that orders take.
        private long Expected => Math.Max(1, (long)(length / period) - 1);

        public Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) => ProveAsync(1, cancellationToken);

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => ProveAsync(Expected, cancellationToken);

        public async Task HealAsync(CancellationToken cancellationToken) => await again.DisposeAsync();

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) =>
            (await balancer.ReadBackEndAsync(node, cancellationToken)).IsUp
                ? Proof.Proven($"The load balancer has {node.Name} up.")
                : Proof.NotYet($"The load balancer has {node.Name} down.");

        public ValueTask DisposeAsync() => again.DisposeAsync();

        private async Task<Proof> ProveAsync(long needed, CancellationToken cancellationToken)
        {
            var counted = (await balancer.ReadBackEndAsync(node, cancellationToken)).TimesDown - before;
            return counted < 0 ? Proof.Refuted("The load balancer was started again and has forgotten what it counted.")
                : counted < needed ? Proof.NotYet($"The load balancer has taken {node.Name} for down {counted} times; {needed} were expected.")
                : Proof.Proven($"The load balancer has taken {node.Name} for down {counted} times, {Duration.Format(period)} apart.");
        }
    }
}
