using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Cordons;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Scaling;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>What faults do to a stack that is there already, by the API server alone. What outlives the harness is marked where it is.</summary>
internal sealed class ExistingFaults : IRolloutControl, IScaleControl, ICordonControl, IEvictionControl
{
    private readonly IKubectl _kubectl;
    private readonly FoundStack _found;
    private readonly string _run;
    private readonly TimeProvider _time;

    /// <summary>Creates it.</summary>
    /// <param name="kubectl">For any namespace.</param>
    /// <param name="found">The stack.</param>
    /// <param name="run">The run, which is written beside each mark.</param>
    /// <param name="time">The clock.</param>
    public ExistingFaults(IKubectl kubectl, FoundStack found, string run, TimeProvider time) => (_kubectl, _found, _run, _time) = (kubectl, found, run, time);

    /// <inheritdoc/>
    public Task RestartAsync(string role, CancellationToken cancellationToken)
    {
        var found = _found.Of(role)!;
        return In(found).RequireAsync(ClusterCommands.RestartSet(found.Owner!.Reference), cancellationToken);
    }

    /// <inheritdoc/>
    public Task ScaleAsync(string role, int replicas, CancellationToken cancellationToken)
    {
        var found = _found.Of(role)!;
        var marks = new ScaleMarks(In(found));
        return replicas < found.Pods.Count
            ? marks.LowerAsync(found.Owner!.Name, found.Pods.Count, replicas, _run, cancellationToken)
            : marks.RestoreAsync(found.Owner!.Name, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<ICordon> CordonAsync(IReadOnlyCollection<string> kubernetesNodes, CancellationToken cancellationToken) =>
        await ClusterCordon.BeginAsync(new CordonMarks(_kubectl.InNamespace(_found.Home)), kubernetesNodes, _run, _time, cancellationToken);

    /// <inheritdoc/>
    public Task<EvictionAnswer> EvictAsync(IReplica pod, CancellationToken cancellationToken) =>
        new PodObjects(In(_found.Of(pod.Role)!)).EvictAsync(((PodNode)pod).RequirePod(), cancellationToken);

    /// <summary>Undoes what a fault has left that could not undo it itself, because the API server was away for example.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HarnessException">The API server refused; <c>recover</c> can undo the rest.</exception>
    public async Task UndoAsync(CancellationToken cancellationToken)
    {
        if (CanLeaveMarks)
        {
            await Recovery.UndoAsync(null, cancellationToken);
        }
    }

    /// <summary>Finds what faults have marked and not given back, those of other runs too.</summary>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <exception cref="HarnessException">The API server did not answer.</exception>
    public async Task<IReadOnlyList<string>> FindMarksAsync(CancellationToken cancellationToken) =>
        CanLeaveMarks ? await Recovery.FindAsync(cancellationToken) : [];

    private bool CanLeaveMarks => _found.Can.Contains(typeof(ICordonControl));

    private ExistingRecovery Recovery => new(_kubectl, _found.Roles.ToDictionary(role => role.Role, role => role.Where));

    private IKubectl In(FoundRole found) => _kubectl.InNamespace(found.Where.Namespace);
}
