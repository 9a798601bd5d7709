using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Kills the target nodes again whenever they have been started, so that they restart with back-off and never get far.</summary>
public sealed class CrashLoop : IFaultInjector
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    private readonly TimeProvider _time;

    /// <summary>Creates the injector.</summary>
    /// <param name="time">The clock.</param>
    public CrashLoop(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "crash-loop",
        Summary = "Ends every process of the nodes with SIGKILL, again whenever they were started; their restart policy keeps trying.",
        Proof = "In force when a node that was started again was killed again; it held when each was killed whenever it was up, and none was ready; over when each is ready.",
        TakesTargetsAway = true,
        Parameters = [CommonParameters.Target, CommonParameters.For],
        ProofLimits = new ProofLimits { Injected = TimeSpan.FromSeconds(60) },
        NodesMust = [typeof(IKillable)],
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken) =>
        OnEachNode.InjectAsync(order.NodesOf<IKillable>(CommonParameters.Target), async node =>
        {
            var loop = new KilledAgain(node, order.Get(CommonParameters.For));
            await loop.KillAsync(cancellationToken);
            loop.GoOn(_time);
            return loop;
        });

    private sealed class KilledAgain(IKillable node, TimeSpan length) : IInjection
    {
        private Repetition? _again;
        private int _killed;
        private int _lastKilled;
        private int _wasReady;

        public TimeSpan Length => length;

        public async Task KillAsync(CancellationToken cancellationToken)
        {
            var receipt = await node.KillAsync(holdDown: false, cancellationToken);
            if (receipt.Processes > 0)
            {
                _lastKilled = receipt.Incarnation;
                _killed++;
            }
        }

        public void GoOn(TimeProvider time) => _again = Repetition.Every(LookEvery, time, async token =>
        {
            if (node.Status is { State: NodeState.Starting or NodeState.Ready or NodeState.NotReady } up && up.Incarnation > _lastKilled)
            {
                _wasReady += up.State == NodeState.Ready ? 1 : 0;
                await KillAsync(token);
            }
        });

        public Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) => Task.FromResult(
            _killed == 0 ? Proof.Refuted($"{node.Name} had no process to hit; it was {node.Status.State} already.")
            : _killed == 1 ? Proof.NotYet($"{node.Name} was killed once; it is {node.Status.State}.")
            : Proof.Proven($"{node.Name} was killed again as soon as it had been started again."));

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => Task.FromResult(_wasReady > 0 || node.Status.State == NodeState.Ready
            ? Proof.Refuted($"{node.Name} was ready in between; it was killed {_killed} times.")
            : Proof.Proven($"{node.Name} was killed {_killed} times and was never ready."));

        public async Task HealAsync(CancellationToken cancellationToken) => await (_again?.DisposeAsync() ?? ValueTask.CompletedTask);

        public Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) => Task.FromResult(node.Status.State == NodeState.Ready
            ? Proof.Proven($"{node.Name} ready again, {node.Status.Restarts} restarts in all.")
            : Proof.NotYet($"{node.Name} is {node.Status.State}{(node.Status.Reason is { } reason ? $" ({reason})" : string.Empty)}."));

        public async ValueTask DisposeAsync() => await HealAsync(CancellationToken.None);
    }
}
