using Validation.Core.Stacks;
using Validation.Environments.Cluster.Cleaning;
using Validation.Environments.Cluster.Deployment;
using Validation.Environments.Cluster.Guard;
using Validation.Environments.Cluster.Helper;
using Validation.Environments.Cluster.NetworkPolicies;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster;

/// <summary>What a stack in a cluster is made of. Disposing takes it down: hands first, so that all they did is undone.</summary>
internal sealed class ClusterParts : IAsyncDisposable
{
    private static readonly TimeSpan DownLimit = TimeSpan.FromMinutes(3);

    private readonly TimeProvider _time;

    /// <summary>Makes the parts; nothing is asked of the cluster yet.</summary>
    /// <param name="kubectl">For the stack's namespace.</param>
    /// <param name="deployment">What is deployed.</param>
    /// <param name="flavor">Which SPIRE it is.</param>
    /// <param name="cutsByPolicy">True to cut links by NetworkPolicies instead of leases.</param>
    /// <param name="mask">Takes secrets out of what is shown.</param>
    /// <param name="logs">The folder for the pods' logs.</param>
    /// <param name="time">The clock.</param>
    public ClusterParts(
        IKubectl kubectl, ClusterDeployment deployment, string flavor, bool cutsByPolicy, SecretMask mask, DirectoryInfo logs, TimeProvider time)
    {
        (Kubectl, Deployment, Flavor, _time) = (kubectl, deployment, flavor, time);
        var helperNamespace = kubectl.InNamespace(ClusterNames.SystemNamespace(deployment.Namespace));
        Material = new RunMaterial(deployment, mask, time);
        Watch = new PodWatch(kubectl, ClusterNames.OfHarness, time);
        HelperWatch = new PodWatch(helperNamespace, ClusterNames.OfHarness, time);
        Helpers = NodeHelpers.Of(helperNamespace, HelperWatch, time);
        Objects = new PodObjects(kubectl);
        Nodes = new ClusterNodes(deployment.Stack, deployment.KubernetesNodes, new PodProcesses(Helpers), Objects, time);
        var leases = new ClusterNetwork(Helpers, Nodes, knowsServices: true);
        Network = cutsByPolicy ? new PolicyNetwork(kubectl, Nodes, leases, deployment.Run) : leases;
        Relays = new RelaySet(kubectl, time);
        Logs = new PodLogs(kubectl, mask, logs);
        Watch.Changed += Nodes.See;
    }

    /// <summary>Gets the program, for the stack's namespace.</summary>
    public IKubectl Kubectl { get; }

    /// <summary>Gets what is deployed.</summary>
    public ClusterDeployment Deployment { get; }

    /// <summary>Gets which SPIRE it is.</summary>
    public string Flavor { get; }

    /// <summary>Gets the secrets of the run.</summary>
    public RunMaterial Material { get; }

    /// <summary>Gets the watch over the stack's pods.</summary>
    public PodWatch Watch { get; }

    /// <summary>Gets the watch over the helpers' pods.</summary>
    public PodWatch HelperWatch { get; }

    /// <summary>Gets the sessions with the helpers.</summary>
    public NodeHelpers Helpers { get; }

    /// <summary>Gets what acts on pods as objects of the API server.</summary>
    public PodObjects Objects { get; }

    /// <summary>Gets the nodes.</summary>
    public ClusterNodes Nodes { get; }

    /// <summary>Gets what cuts links.</summary>
    public INetworkControl Network { get; }

    /// <summary>Gets the relays.</summary>
    public RelaySet Relays { get; }

    /// <summary>Gets what keeps the pods' logs.</summary>
    public PodLogs Logs { get; }

    /// <summary>Gets or sets what keeps other runs away; null as long as the namespace is not this run's: then nothing in it is deleted.</summary>
    public RunClaim? Claim { get; set; }

    /// <summary>Lets go of the stack, which stays up.</summary>
    public async Task LeaveUpAsync()
    {
        await using var claim = Claim;
        await LetGoAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(DownLimit, _time);
        var pods = Watch.Pods.Select(pod => (Nodes.All.FirstOrDefault(node => node.Pod?.Uid == pod.Uid)?.Name ?? pod.Name, pod)).ToArray();
        await LetGoAsync();
        await Logs.CollectAsync(pods, limit.Token);
        await using var claim = Claim;
        if (!Deployment.IsThrowAway && Claim is not null)
        {
            await Claim.RequireHeldAsync(limit.Token);
            await new ClusterCleaner(Kubectl).CleanAsync(null, limit.Token);
        }
    }

    private async Task LetGoAsync()
    {
        (Network as IDisposable)?.Dispose();
        await Helpers.DisposeAsync();
        await Relays.DisposeAsync();
        await Watch.DisposeAsync();
        await HelperWatch.DisposeAsync();
        Material.Dispose();
    }
}
