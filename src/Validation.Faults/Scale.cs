using System.Globalization;
using Validation.Core.Faults;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>Takes pods away from a role by setting its number of replicas, and gives them back.</summary>
/// <remarks>The pods with the highest numbers go. Only down and back: a plan knows no nodes beyond those of the stack.</remarks>
public sealed class Scale : IFaultInjector
{
    private static readonly Parameter<Selector> Target = Parameters.WholeRole("target", "The role that is scaled.");

    private static readonly Parameter<int> Replicas = Parameters.Count(
        "replicas", "How many pods the role has meanwhile; fewer than in the stack.", 0, 1000, 0);

    /// <inheritdoc/>
    public FaultKind Kind { get; } = new()
    {
        Name = "scale",
        Summary = "Takes pods away from a role by setting its number of replicas, and gives them back.",
        Proof = "In force when exactly so many nodes of the role have a pod; over when all are ready, those that were away in other pods.",
        TakesTargetsAway = true,
        AwayOf = (fault, targets) => targets.OrderBy(NumberOf).Skip(fault.Parameters.Get(Replicas)),
        Return = ReplacedPods.UsualReturn,
        Parameters = [Target, Replicas, CommonParameters.For],
        ProofLimits = new ProofLimits { Injected = TimeSpan.FromMinutes(2), Healed = TimeSpan.FromMinutes(4) },
        NodesMust = [typeof(IReplica)],
        StackMust = [typeof(IScaleControl)],
        Objection = ObjectionTo,
    };

    /// <inheritdoc/>
    public async Task<IInjection> InjectAsync(FaultOrder order, CancellationToken cancellationToken)
    {
        var replicas = order.Get(Replicas);
        (IReplica Node, string Uid)[] before =
            [.. order.NodesOf<IReplica>(Target).OrderBy(node => NumberOf(node.Name)).Select(node => (node, ReplacedPods.UidOf(node)))];
        var scaled = new ScaledRole(
            (IScaleControl)order.Stack, order.Get(Target).Name, before[..replicas], before[replicas..], order.Get(CommonParameters.For));
        try
        {
            await scaled.ScaleDownAsync(cancellationToken);
            return scaled;
        }
        catch
        {
            // The order may have been taken although its answer was lost.
            await scaled.DisposeAsync();
            throw;
        }
    }

    private static string? ObjectionTo(FaultSpec fault, StackShape shape)
    {
        var role = fault.Parameters.Get(Target).Name;
        var replicas = fault.Parameters.Get(Replicas);
        var nodes = shape.Nodes.Count(node => node.Role == role);
        return replicas >= nodes ? $"the stack has {nodes} of {role}, and 'replicas: {replicas}' would not take any of them away; a plan knows no nodes beyond those of the stack"
            : role == Roles.Postgres && replicas == 0 ? "the database's data are in its pods, so nothing would be left of them; 'replicas' must be at least 1"
            : null;
    }

    private static int NumberOf(string node) => int.Parse(node.AsSpan(node.LastIndexOf('-') + 1), CultureInfo.InvariantCulture);

    private sealed class ScaledRole(
        IScaleControl control, string role, IReadOnlyList<(IReplica Node, string Uid)> stay, IReadOnlyList<(IReplica Node, string Uid)> go, TimeSpan length) : IInjection
    {
        private bool _isDown;

        public TimeSpan Length => length;

        private string Gone => ReplacedPods.Names(go.Select(one => one.Node));

        public Task ScaleDownAsync(CancellationToken cancellationToken)
        {
            _isDown = true;
            return control.ScaleAsync(role, stay.Count, cancellationToken);
        }

        public async Task<Proof> ProveInjectedAsync(CancellationToken cancellationToken)
        {
            foreach (var (node, uid) in go)
            {
                if (node.PodUid is not null || await node.HasPodAsync(uid, cancellationToken))
                {
                    return Proof.NotYet($"{node.Name} still has a pod: {ReplacedPods.Describe(node)}.");
                }
            }

            return Missing() is { } missing ? Proof.NotYet(missing)
                : Proof.Proven($"{role} has {stay.Count} pods, {stay.Count(one => one.Node.Status.State == NodeState.Ready)} of them ready; {Gone} without one.");
        }

        public Task<Proof> ProveHeldAsync(CancellationToken cancellationToken) => Task.FromResult(
            go.FirstOrDefault(one => one.Node.PodUid is not null) is { Node: { } back } ? Proof.Refuted($"{back.Name} had a pod again before its time.")
            : Missing() is { } missing ? Proof.Refuted(missing)
            : Proof.Proven($"{Gone} without a pod to the end."));

        public async Task HealAsync(CancellationToken cancellationToken)
        {
            if (_isDown)
            {
                await control.ScaleAsync(role, stay.Count + go.Count, cancellationToken);
                _isDown = false;
            }
        }

        public Task<Proof> ProveHealedAsync(CancellationToken cancellationToken)
        {
            var late = stay.FirstOrDefault(one => one.Node.Status.State != NodeState.Ready);
            return Task.FromResult(late.Node is null
                ? ReplacedPods.ProveReadyInOthers(go.Select(one => ((IPod)one.Node, one.Uid)))
                : Proof.NotYet($"{late.Node.Name} is {ReplacedPods.Describe(late.Node)}."));
        }

        public async ValueTask DisposeAsync() => await HealAsync(CancellationToken.None);

        private string? Missing() => stay.FirstOrDefault(one => one.Node.PodUid is null) is { Node: { } missing }
            ? $"{missing.Name}, which should stay, has no pod: {ReplacedPods.Describe(missing)}."
            : null;
    }
}
