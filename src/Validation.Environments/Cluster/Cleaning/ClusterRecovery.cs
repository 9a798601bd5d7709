using Validation.Environments.Cluster.Guard;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Cleaning;

/// <summary>Deletes what runs have left in their namespaces, unless one of them lives, and keeps others away meanwhile.</summary>
internal sealed class ClusterRecovery(IKubectl kubectl, TimeProvider time)
{
    private readonly ClusterCleaner _cleaner = new(kubectl);

    /// <summary>Deletes it.</summary>
    /// <param name="progress">Told what is being done.</param>
    /// <param name="cancellationToken">Ends the deleting; what is left can be deleted by another call.</param>
    /// <returns>What was found before; empty when there is nothing to do.</returns>
    /// <exception cref="HarnessException">A run is using the namespace, or something is still there.</exception>
    public async Task<IReadOnlyList<string>> RunAsync(IProgress<string> progress, CancellationToken cancellationToken)
    {
        var dead = await RunClaim.RequireFreeAsync(kubectl, progress, time, cancellationToken);
        if ((await _cleaner.FindAsync(cancellationToken)).Count == 0)
        {
            return [];
        }

        // Where there is no namespace any more, or soon, nobody can begin: what was found are cordons, or the helpers' namespace.
        if (await kubectl.FindAsync("namespace", kubectl.Target.Namespace, cancellationToken) is not { } space
            || PodFacts.Text(PodFacts.Get(space, "metadata"), "deletionTimestamp") is not null)
        {
            return await _cleaner.CleanAsync(progress, cancellationToken);
        }

        await using var claim = await RunClaim.TakeAsync(kubectl, ClusterNames.NewRun(time), dead, time, cancellationToken);
        return await _cleaner.CleanAsync(progress, cancellationToken);
    }
}
