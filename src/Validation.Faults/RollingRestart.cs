using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Restarts the target nodes gracefully, one after the other: the next when the one before is ready, as for a new release.</summary>
public sealed class RollingRestart : IFaultInjector
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a roll may take: the first node may take its whole grace period to end, and each of the others too.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);

    /// <summary>The pause before the next node.</summary>
    internal static readonly Parameter<TimeSpan> Wait = Parameters.Duration(
        "wait", "How long a node has been ready before the next one is stopped.", TimeSpan.Zero, TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(1));

    private readonly TimeProvider _time;

    /// <summary>Creates the injector.</summary>
    /// <param name="time">The clock.</param>
    public RollingRestart(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "rolling-restart",
        Summary = "Restarts the nodes gracefully, one after the other; the next one when the one before is ready.",
        Proof = "In force when the first node is in a new incarnation; it held when all are; over when all are ready.",
        Return = TimeSpan.FromSeconds(15),
        Changes = _ => "the releases",
        Parameters = [CommonParameters.Target, CommonParameters.Grace, Wait],
        ProofLimits = new ProofLimits { Injected = TimeSpan.FromMinutes(6), Held = Limit },
        NodesMust = [typeof(IStoppable)],
    };

    /// <inheritdoc/>
    public Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var nodes = order.NodesOf<IStoppable>(CommonParameters.Target);
        return Task.FromResult<IInjection>(new Roll(nodes, order.Get(CommonParameters.Grace), order.Get(Wait), _time));
    }

    /// <summary>Restarts nodes one after the other; the next one when the one before has been ready.</summary>
    /// <typeparam name="T">What the nodes can do.</typeparam>
    /// <param name="nodes">The nodes.</param>
    /// <param name="before">Done to each before it is stopped.</param>
    /// <param name="grace">How long each may take to end by itself.</param>
    /// <param name="wait">How long each is ready before the next one is stopped.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it; the node that was stopped starts again all the same.</param>
    internal static async Task RestartInTurnAsync<T>(
        IEnumerable<T> nodes, Action<T> before, TimeSpan grace, TimeSpan wait, TimeProvider time, CancellationToken cancellationToken)
        where T : IStoppable
    {
        foreach (var node in nodes)
        {
            var incarnation = node.Status.Incarnation;
            before(node);
            await Restart.OnceAsync(node, grace, cancellationToken);
            while (node.Status.State != NodeState.Ready || node.Status.Incarnation == incarnation)
            {
                await Task.Delay(LookEvery, time, cancellationToken);
            }

            await Task.Delay(wait, time, cancellationToken);
        }
    }

    private sealed class Roll : IInjection
    {
        private readonly (IStoppable Node, int Incarnation)[] _before;
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _rolling;

        public Roll(IReadOnlyList<IStoppable> nodes, TimeSpan grace, TimeSpan wait, TimeProvider time)
        {
            _before = [.. nodes.Select(node => (node, node.Status.Incarnation))];
            _rolling = RestartInTurnAsync(nodes, _ => { }, grace, wait, time, _stop.Token);
        }

        public TimeSpan Length => TimeSpan.Zero;

        private IStoppable[] Restarted => [.. _before.Where(one => one.Node.Status.Incarnation > one.Incarnation).Select(one => one.Node)];

        public Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) => Task.FromResult(Trouble() ?? (Restarted is [var first, ..]
            ? Proof.Proven($"{first.Name} is the first of {_before.Length} to be restarted.")
            : Proof.NotYet($"{_before[0].Node.Name} was not restarted yet; it is {_before[0].Node.Status.State}.")));

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => Task.FromResult(Trouble() ?? (_rolling.IsCompletedSuccessfully
            ? Proof.Proven($"{string.Join(", ", Restarted.Select(node => node.Name))} restarted, one after the other.")
            : Proof.NotYet($"{Restarted.Length} of {_before.Length} nodes were restarted: {Waiting()}.")));

        public Task HealAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) => Task.FromResult(_before.All(one => one.Node.Status.State == NodeState.Ready)
            ? Proof.Proven($"{string.Join(", ", _before.Select(one => one.Node.Name))} ready.")
            : Proof.NotYet($"Not all nodes are ready: {Waiting()}."));

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _rolling.ContinueWith(_ => { }, TaskScheduler.Default);
            _stop.Dispose();
        }

        private Proof? Trouble() => _rolling.IsFaulted ? Proof.Refuted(_rolling.Exception.InnerException!.Message) : null;

        private string Waiting() => string.Join(", ", _before.Select(one => $"{one.Node.Name} is {one.Node.Status.State}"));
    }
}
