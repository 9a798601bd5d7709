namespace Validation.Environments.Cluster.Helper;

/// <summary>
/// What can be done to the processes of a pod, by the helper on its Kubernetes node. The pod's sandbox, which holds its
/// network namespace, and spared containers are left alone.
/// </summary>
/// <remarks>The helper answers for what it did, so each of these is true when it returns.</remarks>
internal sealed class PodProcesses
{
    private readonly NodeHelpers _helpers;

    /// <summary>Creates the view.</summary>
    /// <param name="helpers">The helpers.</param>
    public PodProcesses(NodeHelpers helpers) => _helpers = helpers;

    /// <summary>Kills every process.</summary>
    /// <param name="pod">Of which pod.</param>
    /// <param name="holdDown">
    /// True to kill again whatever the kubelet starts, until <see cref="ReleaseAsync"/>. The kubelet waits longer each
    /// time (10 s, 20 s, 40 s …), also after the release.
    /// </param>
    /// <param name="cancellationToken">Ends the waiting, not the killing.</param>
    public Task<HitReport> KillAsync(PodIdentity pod, bool holdDown, CancellationToken cancellationToken) =>
        _helpers.AskAsync(pod, target => new Kill(target, holdDown), cancellationToken);

    /// <summary>Asks the first process of each container to end, and kills what is left after the grace period.</summary>
    /// <param name="pod">Of which pod.</param>
    /// <param name="grace">How long they may take.</param>
    /// <param name="holdDown">As for <see cref="KillAsync"/>.</param>
    /// <param name="cancellationToken">Ends the waiting, not the stopping.</param>
    public Task<HitReport> StopAsync(PodIdentity pod, TimeSpan grace, bool holdDown, CancellationToken cancellationToken) =>
        _helpers.AskAsync(pod, target => new Stop(target, (int)grace.TotalMilliseconds, holdDown), cancellationToken);

    /// <summary>Lets the kubelet start the pod's containers again. Does nothing to a pod that is not held down.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task ReleaseAsync(PodIdentity pod, CancellationToken cancellationToken) =>
        _helpers.AskAsync(pod, target => new Release(target), cancellationToken);

    /// <summary>Freezes every process.</summary>
    /// <param name="pod">Of which pod.</param>
    /// <param name="lease">It wakes by itself after this time, or when the harness is gone.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<HitReport> FreezeAsync(PodIdentity pod, TimeSpan lease, CancellationToken cancellationToken) =>
        _helpers.AskAsync(pod, target => new Freeze(target, (int)lease.TotalMilliseconds), cancellationToken);

    /// <summary>Wakes every process that is frozen, whoever froze it.</summary>
    /// <param name="pod">Of which pod.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<HitReport> WakeAsync(PodIdentity pod, CancellationToken cancellationToken) =>
        _helpers.AskAsync(pod, target => new Wake(target), cancellationToken);

    /// <summary>Looks at the processes that exist right now.</summary>
    /// <param name="pod">Of which pod.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task<PodReport> LookAsync(PodIdentity pod, CancellationToken cancellationToken) =>
        _helpers.AskAsync(pod, target => new Look(target), cancellationToken);

    /// <summary>Undoes what a harness that is gone may have left in a pod: frozen processes, cut links.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task CleanAsync(PodIdentity pod, CancellationToken cancellationToken) =>
        _helpers.AskAsync(pod, target => new Clean(target), cancellationToken);
}
