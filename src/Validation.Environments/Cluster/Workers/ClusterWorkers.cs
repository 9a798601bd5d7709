using System.Globalization;
using System.Text.RegularExpressions;
using Validation.Core.Stacks;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Relay;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Workers;

/// <summary>Load workers as the pods of an Indexed Job, each reached by a port-forward of its own.</summary>
internal sealed partial class ClusterWorkers : IWorkerGroup
{
    private const int Port = 7071;
    private static readonly TimeSpan PodLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan DownLimit = TimeSpan.FromMinutes(1);

    private readonly List<PortForward> _forwards = [];
    private readonly List<WorkerSite> _sites = [];
    private readonly ClusterParts _parts;
    private readonly TimeProvider _time;

    private ClusterWorkers(ClusterParts parts, TimeProvider time) => (_parts, _time) = (parts, time);

    /// <inheritdoc/>
    public IReadOnlyList<WorkerSite> Sites => _sites;

    /// <summary>Gets the command that takes the workers away.</summary>
    public static KubectlCommand Delete { get; } = KubectlCommand.Write("delete", $"job/{WorkerManifests.Job}", "--ignore-not-found", "--wait=false");

    /// <summary>Starts workers and waits until their pods listen.</summary>
    /// <param name="count">How many.</param>
    /// <param name="parts">The stack that runs.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Told what is being waited for.</param>
    /// <param name="cancellationToken">Ends the attempt and takes away what was started.</param>
    /// <exception cref="HarnessException">A pod did not get ready; the message has its name, its events and its last log lines.</exception>
    public static async Task<ClusterWorkers> StartAsync(
        int count, ClusterParts parts, TimeProvider time, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var workers = new ClusterWorkers(parts, time);
        try
        {
            progress.Report($"starting {count} load workers");
            var manifests = await WorkerManifests.RenderAsync(parts.Kubectl, parts.Deployment, count, cancellationToken);
            await parts.Kubectl.InNamespace(string.Empty).RequireAsync(ClusterCommands.ApplyAll(manifests), cancellationToken);
            var pods = await new PodsReady(parts.Watch, parts.Kubectl, time, progress).WaitAsync(WorkerManifests.Role, count, PodLimit, cancellationToken);
            workers._sites.AddRange(pods.OrderBy(NumberOf).Select(workers.SiteOf));
            return workers;
        }
        catch
        {
            await workers.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(DownLimit, _time);
        foreach (var forward in _forwards)
        {
            await forward.DisposeAsync();
        }

        _forwards.Clear();
        await _parts.Logs.CollectAsync(
            _parts.Watch.Pods.Where(pod => pod.Role == WorkerManifests.Role).Select(pod => (pod.Name, pod)), limit.Token);
        await _parts.Kubectl.RequireAsync(Delete, limit.Token);
    }

    /// <summary>Returns a worker's number, from 1. A Job calls the pod of index 3 <c>JOB-3-</c> and five letters.</summary>
    /// <param name="pod">The worker's pod.</param>
    internal static int NumberOf(PodFacts pod) => IndexInName().Match(pod.Name) is { Success: true } found
        ? int.Parse(found.Groups["index"].ValueSpan, CultureInfo.InvariantCulture) + 1
        : throw new HarnessException(ExitCode.EnvironmentFailed, $"Pod {pod.Name} is labelled as a load worker and is no pod of the Job '{WorkerManifests.Job}'.");

    private WorkerSite SiteOf(PodFacts pod) => new(pod.Name, token => DialAsync(pod.Name, token), token => LastWordsAsync(pod.Name, token))
    {
        // The socket in a pod is that of its own Kubernetes node's agent.
        AgentSockets = _parts.Nodes.OfRole(Roles.SpireAgent)
            .Where(agent => _parts.Nodes.KubernetesNodeOf(agent) == pod.KubernetesNode)
            .ToDictionary(agent => agent.Name, _ => ClusterPlaces.AgentSocket),
    };

    private async ValueTask<Stream> DialAsync(string pod, CancellationToken cancellationToken)
    {
        var forward = await PortForward.OpenAsync(_parts.Kubectl, pod, Port, _time, cancellationToken);
        _forwards.Add(forward);
        return new ForwardedStream(await forward.ConnectAsync(cancellationToken), _time);
    }

    private async Task<string?> LastWordsAsync(string name, CancellationToken cancellationToken) =>
        _parts.Watch.Pods.FirstOrDefault(pod => pod.Name == name) is { } pod
            ? await new PodTrouble(_parts.Kubectl).DescribeAsync(pod, cancellationToken)
            : $"there is no pod {name} any more";

    [GeneratedRegex($@"^{WorkerManifests.Job}-(?<index>\d+)-")]
    private static partial Regex IndexInName();
}
