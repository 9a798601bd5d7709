using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Restarts a role as <c>kubectl rollout restart</c> does: its pods are replaced in the order and at the pace of its update strategy.</summary>
/// <remarks>It is over by itself, and lasts as long as the rollout does.</remarks>
public sealed class RolloutRestart : IFaultInjector
{
    private static readonly Parameter<Selector> Target = Parameters.WholeRole("target", "The role that is restarted.");

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "rollout-restart",
        Summary = "Replaces every pod of a role, at the pace of its update strategy, as before a new release.",
        Proof = "In force when the first pod of the role was replaced; it held when all were; over when each node is ready in another pod.",
        Return = ReplacedPods.UsualReturn,
        Changes = _ => "the releases",
        Parameters = [Target],
        ProofLimits = new ProofLimits
        {
            Injected = TimeSpan.FromMinutes(2),
            Held = TimeSpan.FromMinutes(15),
            Healed = TimeSpan.FromMinutes(4),
        },
        NodesMust = [typeof(IPod)],
        StackMust = [typeof(IRolloutControl)],
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        (IPod Node, string Uid)[] before = [.. order.NodesOf<IPod>(Target).Select(node => (node, ReplacedPods.UidOf(node)))];
        await ((IRolloutControl)order.Stack).RestartAsync(order.Get(Target).Name, cancellationToken);
        return new Rollout(before);
    }

    private sealed class Rollout(IReadOnlyList<(IPod Node, string Uid)> before) : IInjection
    {
        public TimeSpan Length => TimeSpan.Zero;

        private IPod[] Replaced => [.. before.Where(one => one.Node.PodUid is { } now && now != one.Uid).Select(one => one.Node)];

        public Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken) => Task.FromResult(Replaced is { Length: > 0 } replaced
            ? Proof.Proven($"{ReplacedPods.Names(replaced)} of {before.Count} in another pod than before; the rollout goes on.")
            : Proof.NotYet("No pod was replaced yet."));

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => Task.FromResult(Replaced.Length == before.Count
            ? Proof.Proven($"All {before.Count} pods were replaced.")
            : Proof.NotYet($"{Replaced.Length} of {before.Count} pods were replaced: {Waiting()}."));

        public Task HealAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<Proof> ProveHealedAsync(CancellationToken cancellationToken) => Task.FromResult(ReplacedPods.ProveReadyInOthers(before));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private string Waiting() => string.Join(", ", before.Select(one => $"{one.Node.Name} is {ReplacedPods.Describe(one.Node)}"));
    }
}
