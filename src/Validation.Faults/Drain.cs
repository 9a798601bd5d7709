using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>
/// Closes the Kubernetes nodes under the target nodes to new pods and evicts the stack's pods from them, as before
/// maintenance of a machine. Pods of DaemonSets stay, and so do those of everybody else.
/// </summary>
/// <remarks>
/// Evictions keep disruption budgets: what one refuses is asked for again every five seconds, as <c>kubectl drain</c>
/// does, until the end of the fault.
/// </remarks>
public sealed class Drain : IFaultInjector
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;

    /// <summary>Creates the injector.</summary>
    /// <param name="time">The clock.</param>
    public Drain(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "drain",
        Summary = "Cordons the Kubernetes nodes on which the targets run and evicts the stack's pods from them, within their disruption budgets.",
        Proof = "In force when the API server shows the Kubernetes nodes as unschedulable and has none of the evicted pods any more; over when it shows them as schedulable and the evicted nodes are ready in other pods.",
        Parameters = [CommonParameters.Target, CommonParameters.For],
        ProofLimits = new ProofLimits { Injected = TimeSpan.FromMinutes(2), Healed = TimeSpan.FromMinutes(4) },
        NodesMust = [typeof(IPod)],
        StackMust = [typeof(ICordonControl), typeof(IEvictionControl)],
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var cordon = await CordonedNodes.CloseAsync(order, cancellationToken);
        try
        {
            IReplica[] there = [.. order.Stack.Nodes.OfType<IReplica>().Where(pod => pod.KubernetesNode is { } where && cordon.Names.Contains(where))];
            if (there.Length == 0)
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed, $"There is nothing to drain: no pod of the stack that may run elsewhere is on {cordon.Text}.");
            }

            var drained = new DrainedNodes(cordon, there, (IEvictionControl)order.Stack, order.Get(CommonParameters.For), _time);
            await drained.EvictAsync(cancellationToken);
            return drained;
        }
        catch
        {
            await cordon.DisposeAsync();
            throw;
        }
    }

    private sealed class DrainedNodes : IInjection
    {
        private readonly CordonedNodes _cordon;
        private readonly IEvictionControl _control;
        private readonly TimeProvider _time;
        private readonly CancellationTokenSource _stop = new();
        private readonly Dictionary<IReplica, string> _evicted = [];
        private readonly Dictionary<IReplica, string> _refused;
        private readonly Lock _gate = new();
        private Task _again = Task.CompletedTask;

        public DrainedNodes(CordonedNodes cordon, IReplica[] there, IEvictionControl control, TimeSpan length, TimeProvider time)
        {
            (_cordon, _control, Length, _time) = (cordon, control, length, time);
            _refused = there.ToDictionary(pod => pod, _ => "not asked yet");
        }

        public TimeSpan Length { get; }

        public async Task EvictAsync(CancellationToken cancellationToken)
        {
            await AskAsync(cancellationToken);
            _again = AskAgainAsync(_stop.Token);
        }

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            var (evicted, refused) = Answers();
            foreach (var (pod, uid) in evicted)
            {
                if (await ReplacedPods.IsThereAsync(pod, uid, cancellationToken))
                {
                    return Proof.NotYet($"{pod.Name} was evicted, and the API server still has its pod.");
                }
            }

            if (evicted.Length == 0)
            {
                return Proof.NotYet($"No pod could be evicted.{Told(refused)}");
            }

            var closed = await _cordon.ProveClosedAsync(cancellationToken);
            return closed.State != ProofState.Proven ? closed
                : Proof.Proven($"{closed.Statement} Evicted: {string.Join(", ", evicted.Select(one => Whereabouts(one.Pod)))}.{Told(refused)}");
        }

        public async Task<Proof> ProveHeldAsync(CancellationToken cancellationToken)
        {
            var (evicted, refused) = Answers();
            if (evicted.FirstOrDefault(one => one.Pod.KubernetesNode is { } where && _cordon.Names.Contains(where) && one.Pod.PodUid != one.Uid) is { Pod: { } back })
            {
                return Proof.Refuted($"{back.Name} is on {back.KubernetesNode} again, which was drained.");
            }

            return await _cordon.ProveClosedAsync(cancellationToken) is { State: ProofState.Proven }
                ? Proof.Proven($"Closed to the end. Evicted: {string.Join(", ", evicted.Select(one => Whereabouts(one.Pod)))}.{Told(refused)}")
                : Proof.Refuted("Somebody else has uncordoned a Kubernetes node.");
        }

        public async Task HealAsync(CancellationToken cancellationToken)
        {
            await _stop.CancelAsync();
            await _again;
            await _cordon.LiftAsync(cancellationToken);
        }

        public async Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            var evicted = Answers().Evicted;
            if (evicted.Length == 0)
            {
                return await _cordon.ProveOpenAsync(cancellationToken);
            }

            var ready = ReplacedPods.ProveReadyInOthers(evicted.Select(one => ((IPod)one.Pod, one.Uid)));
            if (ready.State != ProofState.Proven)
            {
                return ready;
            }

            var open = await _cordon.ProveOpenAsync(cancellationToken);
            return open with { Statement = $"{open.Statement} {ready.Statement}" };
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _again;
            await _cordon.DisposeAsync();
            _stop.Dispose();
        }

        private static string Whereabouts(IReplica pod) => pod.KubernetesNode is { } where
            ? $"{pod.Name} (now on {where})"
            : $"{pod.Name} (on no Kubernetes node: {ReplacedPods.Describe(pod)})";

        private static string Told((IReplica Pod, string Why)[] refused) => refused.Length == 0
            ? string.Empty
            : $" Refused: {string.Join("; ", refused.Select(one => $"{one.Pod.Name}: {one.Why.TrimEnd('.')}"))}.";

        private ((IReplica Pod, string Uid)[] Evicted, (IReplica Pod, string Why)[] Refused) Answers()
        {
            lock (_gate)
            {
                return ([.. _evicted.Select(one => (one.Key, one.Value))], [.. _refused.Select(one => (one.Key, one.Value))]);
            }
        }

        // One after the other, as their budgets count.
        private async Task AskAsync(CancellationToken cancellationToken)
        {
            foreach (var (pod, _) in Answers().Refused)
            {
                if (pod.KubernetesNode is not { } where || !_cordon.Names.Contains(where))
                {
                    // It has left by itself; an eviction would hit it where it is now.
                    Forget(pod);
                    continue;
                }

                var answer = await _control.EvictAsync(pod, cancellationToken);
                lock (_gate)
                {
                    if (answer.Refusal is { } why)
                    {
                        _refused[pod] = why;
                        continue;
                    }

                    _refused.Remove(pod);
                    _evicted[pod] = answer.PodUid;
                }
            }
        }

        private async Task AskAgainAsync(CancellationToken cancellationToken)
        {
            try
            {
                while (Answers().Refused.Length > 0)
                {
                    await Task.Delay(AgainAfter, _time, cancellationToken);
                    try
                    {
                        await AskAsync(cancellationToken);
                    }
                    catch (HarnessException error)
                    {
                        Note(error.Message);
                    }
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The fault is over.
            }
        }

        private void Forget(IReplica pod)
        {
            lock (_gate)
            {
                _refused.Remove(pod);
            }
        }

        private void Note(string trouble)
        {
            lock (_gate)
            {
                foreach (var pod in _refused.Keys.ToArray())
                {
                    _refused[pod] = trouble;
                }
            }
        }
    }
}
