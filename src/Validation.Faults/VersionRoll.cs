using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Rolls the target nodes to the next release, one after the other, and at the end back again.</summary>
/// <remarks>What a node calls itself is the proof, not what it was started as. Its data stay: the way back meets what the next release has written.</remarks>
public sealed class VersionRoll : IFaultInjector
{
    private readonly TimeProvider _time;

    /// <summary>Creates the injector.</summary>
    /// <param name="time">The clock.</param>
    public VersionRoll(TimeProvider time) => _time = time;

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "version-roll",
        Summary = "Restarts the nodes as the next release, one after the other, and later as their own again.",
        Proof = "In force, to the end, while every node says that it is another version than before; over when all say what they said before, and are ready.",
        Return = TimeSpan.FromSeconds(15),
        Changes = _ => "the releases",
        Parameters = [CommonParameters.Target, CommonParameters.Grace, RollingRestart.Wait, CommonParameters.For],
        ProofLimits = new ProofLimits { Injected = RollingRestart.Limit, Healed = RollingRestart.Limit },
        NodesMust = [typeof(IReleaseControl)],
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var nodes = order.NodesOf<IReleaseControl>(CommonParameters.Target);
        var own = new List<string>();
        foreach (var node in nodes)
        {
            own.Add(await node.ReadVersionAsync(cancellationToken)
                ?? throw new HarnessException(ExitCode.EnvironmentFailed, $"{node.Name} does not say which version it is."));
        }

        return new Roll([.. nodes.Zip(own)], order.Get(CommonParameters.Grace), order.Get(RollingRestart.Wait), order.Get(CommonParameters.For), _time);
    }

    private sealed class Roll : IInjection
    {
        private readonly (IReleaseControl Node, string Own)[] _nodes;
        private readonly HashSet<IReleaseControl> _away = [];
        private readonly TimeSpan _grace;
        private readonly Func<NodeRelease, CancellationToken, Task> _roll;
        private readonly CancellationTokenSource _healing = new();
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _there;
        private Task? _back;

        public Roll((IReleaseControl Node, string Own)[] nodes, TimeSpan grace, TimeSpan wait, TimeSpan length, TimeProvider time)
        {
            (_nodes, _grace, Length) = (nodes, grace, length);
            _roll = (release, cancellationToken) => RollingRestart.RestartInTurnAsync(
                _nodes.Select(one => one.Node), node => Choose(node, release), grace, wait, time, cancellationToken);
            _there = _roll(NodeRelease.Next, _healing.Token);
        }

        public TimeSpan Length { get; }

        public Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) => ProveAsync(_there, isBack: false, cancellationToken);

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => ProveAsync(_there, isBack: false, cancellationToken);

        // A next release that does not get ready must not keep the nodes from going back.
        public async Task HealAsync(CancellationToken cancellationToken)
        {
            await _healing.CancelAsync();
            await _there.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _back ??= _roll(NodeRelease.Own, _stop.Token);
        }

        public Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) => ProveAsync(_back!, isBack: true, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await _healing.CancelAsync();
            await _stop.CancelAsync();
            await (_back ?? _there).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _healing.Dispose();
            _stop.Dispose();

            // Ended before its time: nobody waits any more until each of them is ready.
            await Task.WhenAll(_away.ToArray().Select(node =>
            {
                Choose(node, NodeRelease.Own);
                return Restart.OnceAsync(node, _grace, CancellationToken.None);
            }));
        }

        private void Choose(IReleaseControl node, NodeRelease release)
        {
            node.Choose(release);
            _ = release == NodeRelease.Own ? _away.Remove(node) : _away.Add(node);
        }

        private async Task<Proof> ProveAsync(Task rolling, bool isBack, CancellationToken cancellationToken)
        {
            if (rolling.IsFaulted)
            {
                return Proof.Refuted(rolling.Exception.InnerException!.Message);
            }

            if (!rolling.IsCompleted)
            {
                return Proof.NotYet($"Not all nodes are restarted: {string.Join(", ", _nodes.Select(one => $"{one.Node.Name} is {one.Node.Status.State}"))}.");
            }

            var said = new List<string>();
            foreach (var (node, own) in _nodes)
            {
                var version = node.Status.State == NodeState.Ready ? await node.ReadVersionAsync(cancellationToken) : null;
                if (version is null)
                {
                    return Proof.NotYet($"{node.Name} is {node.Status.State} and does not say which version it is.");
                }

                if ((version == own) != isBack)
                {
                    return Proof.Refuted($"{node.Name} says that it is {version}, and was {own} before.");
                }

                said.Add($"{node.Name} is {version}");
            }

            return Proof.Proven($"{string.Join(", ", said)}{(isBack ? string.Empty : $", and was {_nodes[0].Own}")}.");
        }
    }
}
