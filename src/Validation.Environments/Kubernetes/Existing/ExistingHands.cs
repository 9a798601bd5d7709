using Validation.Environments.Cluster;
using Validation.Environments.Cluster.Cleaning;
using Validation.Environments.Cluster.Deployment;
using Validation.Environments.Cluster.Guard;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>The harness' hands beside a stack that is there already: node helpers in namespaces of the harness' own, for one run.</summary>
/// <remarks>Disposing ends the sessions, by which all that the helpers did is undone, and takes the helpers away.</remarks>
internal sealed class ExistingHands : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan DownLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly IKubectl _kubectl;
    private readonly PodWatch _watch;
    private readonly TimeProvider _time;
    private RunClaim? _claim;
    private int _isDown;

    private ExistingHands(IKubectl kubectl, TimeProvider time)
    {
        (_kubectl, _time) = (kubectl, time);
        var there = kubectl.InNamespace(ClusterNames.SystemNamespace(kubectl.Target.Namespace));
        _watch = new PodWatch(there, ClusterNames.OfHarness, time);
        Helpers = NodeHelpers.Of(there, _watch, time);
    }

    /// <summary>Gets the helpers.</summary>
    public NodeHelpers Helpers { get; }

    /// <summary>Looks whether the namespaces of the helpers are the harness' own, or may be made. Only reads.</summary>
    /// <param name="kubectl">For the harness' own namespace.</param>
    /// <param name="allowedContexts">The contexts in which the harness may act.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <returns>The namespaces that do not exist yet.</returns>
    /// <exception cref="HarnessException">A namespace is not the harness', or may not be made.</exception>
    public static async Task<IReadOnlyList<string>> RequireOwnNamespacesAsync(
        IKubectl kubectl, IReadOnlyList<string> allowedContexts, CancellationToken cancellationToken)
    {
        var missing = await new GuardRails(kubectl, allowedContexts).InspectNamespacesAsync(cancellationToken);
        await new AccessReview(kubectl).RequireAsync(missing.Count > 0 ? [AccessRight.ToMakeNamespaces] : [], cancellationToken);
        return missing;
    }

    /// <summary>Deploys the helpers and returns when there is a session with each that is needed.</summary>
    /// <param name="kubectl">For the harness' own namespace.</param>
    /// <param name="deployment">What is deployed, and the Kubernetes nodes on which the stack's pods are.</param>
    /// <param name="missingNamespaces">The namespaces that do not exist yet.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Told what is being waited for.</param>
    /// <param name="cancellationToken">Ends the attempt and takes away what was deployed.</param>
    /// <exception cref="HarnessException">A helper did not get ready, or another run is using the namespace.</exception>
    public static async Task<ExistingHands> StartAsync(
        IKubectl kubectl, ClusterDeployment deployment, IReadOnlyList<string> missingNamespaces, TimeProvider time, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var dead = await RunClaim.RequireFreeAsync(kubectl, progress, time, cancellationToken);
        var manifests = await new ManifestRenderer(kubectl).RenderBesideAsync(deployment, deployment.Overlay, cancellationToken);
        var hands = new ExistingHands(kubectl, time);
        try
        {
            await hands.DeployAsync(deployment, manifests, missingNamespaces, dead, progress, cancellationToken);
            progress.Report("waiting for the node helpers");
            await hands.ReadyAsync(deployment.KubernetesNodes, cancellationToken);
            await Task.WhenAll(deployment.KubernetesNodes.Select(name => hands.Helpers.OnAsync(name, cancellationToken)));
            return hands;
        }
        catch
        {
            await hands.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="HarnessException">Something is still there.</exception>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDown, 1) != 0)
        {
            return;
        }

        using var limit = new CancellationTokenSource(DownLimit, _time);
        await Helpers.DisposeAsync();
        await _watch.DisposeAsync();
        if (_claim is null)
        {
            return;
        }

        await using (_claim)
        {
            await _claim.RequireHeldAsync(limit.Token);
            await new ClusterCleaner(_kubectl).CleanAsync(null, limit.Token);
        }
    }

    private async Task DeployAsync(
        ClusterDeployment deployment, ManifestSet manifests, IReadOnlyList<string> missingNamespaces, SeenClaim? dead, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var anywhere = _kubectl.InNamespace(string.Empty);
        var portions = StartPortions.Of(manifests);
        if (portions.Namespaces.Where(one => missingNamespaces.Contains(ManifestSet.Name(one))) is { Objects.Count: > 0 } missing)
        {
            await anywhere.RequireAsync(ClusterCommands.ApplyAll(missing), cancellationToken);
        }

        _claim = await RunClaim.TakeAsync(_kubectl, deployment.Run, dead, _time, cancellationToken);
        await new ClusterCleaner(_kubectl, deployment.Run).CleanAsync(progress, cancellationToken);
        await anywhere.RequireAsync(ClusterCommands.ApplyAll(portions.Ground), cancellationToken);
        _watch.Start();
    }

    private async Task ReadyAsync(IReadOnlyList<string> kubernetesNodes, CancellationToken cancellationToken)
    {
        var begun = _time.GetTimestamp();
        while (kubernetesNodes.FirstOrDefault(name => NodeHelpers.ReadyOn(_watch, name) is null) is { } late)
        {
            if (_time.GetElapsedTime(begun) > ReadyLimit)
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed,
                    $"Waited {Duration.Format(ReadyLimit)} for a {ClusterNames.NodeHelper} on {late}; last seen: {_watch.Trouble ?? $"{_watch.Pods.Count} pods, {_watch.Pods.Count(pod => pod.IsReady)} of them ready"}.",
                    "The image 'harness' must be there for every Kubernetes node; 'images' in the environment file names another one.");
            }

            await Task.Delay(Interval, _time, cancellationToken);
        }
    }
}
