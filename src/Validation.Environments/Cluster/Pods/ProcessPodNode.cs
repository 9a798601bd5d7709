using Validation.Core.Stacks;
using Validation.Environments.Cluster.Helper;

namespace Validation.Environments.Cluster.Pods;

/// <summary>A pod that can be deleted, and whose processes can be ended and frozen, by the privileged helper on its Kubernetes node.</summary>
/// <remarks>
/// What was killed is started again by the kubelet, at once the first time and then after 10 s, 20 s, 40 s …: a node
/// that was held down comes back with that delay.
/// </remarks>
internal class ProcessPodNode : ObjectPodNode, IStoppable, IPausable
{
    private readonly PodProcesses _processes;
    private readonly TimeProvider _time;
    private PodIdentity? _hit;

    /// <summary>Creates the node; no pod of it was seen yet.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="role">Its role, which is also what its main container is called.</param>
    /// <param name="processes">Acts on pods' processes.</param>
    /// <param name="objects">Acts on pods as objects of the API server.</param>
    /// <param name="time">The clock.</param>
    public ProcessPodNode(string name, string role, PodProcesses processes, PodObjects objects, TimeProvider time)
        : this(name, role, role, PodObjects.SelectorOf(role), processes, objects, time)
    {
    }

    /// <summary>Creates the node of a stack that is not the harness'; no pod of it was seen yet.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="role">Its role.</param>
    /// <param name="container">What its main container is called.</param>
    /// <param name="selector">The label selector of the pods of its role.</param>
    /// <param name="processes">Acts on pods' processes.</param>
    /// <param name="objects">Acts on pods as objects of the API server.</param>
    /// <param name="time">The clock.</param>
    public ProcessPodNode(string name, string role, string container, string selector, PodProcesses processes, PodObjects objects, TimeProvider time)
        : base(name, role, container, selector, objects) => (_processes, _time) = (processes, time);

    /// <inheritdoc/>
    public Task<SignalReceipt> KillAsync(bool holdDown, CancellationToken cancellationToken) =>
        HitAsync(holdDown, pod => _processes.KillAsync(pod, holdDown, cancellationToken));

    /// <inheritdoc/>
    public Task<SignalReceipt> StopAsync(TimeSpan grace, bool holdDown, CancellationToken cancellationToken) =>
        HitAsync(holdDown, pod => _processes.StopAsync(pod, grace, holdDown, cancellationToken));

    /// <inheritdoc/>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        // The pod that was hit, not the one that may be there by now: it is where the hold is.
        if (Interlocked.Exchange(ref _hit, null) is { } hit)
        {
            await _processes.ReleaseAsync(hit, cancellationToken);
        }

        Change(progress => progress.Hold(false));
    }

    /// <inheritdoc/>
    public async Task<int> CountProcessesAsync(CancellationToken cancellationToken) =>
        Pod is { KubernetesNode: not null, Address: not null } ? (await _processes.LookAsync(Identity, cancellationToken)).Processes : 0;

    /// <inheritdoc/>
    public async Task<SignalReceipt> PauseAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        var incarnation = Status.Incarnation;
        var report = await _processes.FreezeAsync(Identity, lease, cancellationToken);
        if (report.Processes > 0)
        {
            Change(progress => progress.Pause(true));
            _ = WakeAfterAsync(lease);
        }

        return new SignalReceipt(report.Processes, incarnation);
    }

    /// <inheritdoc/>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        if (Pod is { KubernetesNode: not null, Address: not null })
        {
            await _processes.WakeAsync(Identity, cancellationToken);
        }

        Change(progress => progress.Pause(false));
    }

    /// <inheritdoc/>
    public async Task<bool> IsFrozenAsync(CancellationToken cancellationToken) =>
        Pod is { KubernetesNode: not null, Address: not null } && (await _processes.LookAsync(Identity, cancellationToken)).Frozen;

    private async Task<SignalReceipt> HitAsync(bool holdDown, Func<PodIdentity, Task<HitReport>> hit)
    {
        var pod = Identity;
        var incarnation = Status.Incarnation;
        if (holdDown)
        {
            _hit = pod;
            Change(progress => progress.Hold(true));
        }

        try
        {
            var report = await hit(pod);
            return new SignalReceipt(report.Processes, incarnation, report.EndedWithinGrace);
        }
        catch when (holdDown)
        {
            _hit = null;
            Change(progress => progress.Hold(false));
            throw;
        }
    }

    /// <summary>Looks when the lease has run out: the helper has woken the pod by itself if nobody else has.</summary>
    private async Task WakeAfterAsync(TimeSpan lease)
    {
        await Task.Delay(lease, _time);
        Change(progress => progress.Pause(false));
    }
}
