using System.Net.Sockets;
using Validation.Core.Stacks;
using Validation.Environments.Cluster.Deployment;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.NetworkPolicies;

/// <summary>
/// Cuts links between pods as an operator would, by NetworkPolicies, which the cluster's network plugin has to enforce.
/// </summary>
/// <remarks>
/// Nobody counts the packets that are dropped, and nothing says whether a plugin enforces policies at all: the datagrams
/// are the proof. A policy has no lease; when the harness is killed it stays until <c>recover</c> or the next run.
/// </remarks>
internal sealed class PolicyNetwork : INetworkControl, IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private readonly List<PolicyCut> _cuts = [];
    private readonly IKubectl _kubectl;
    private readonly IPodDirectory _pods;
    private readonly INetworkControl _probes;
    private readonly string _run;

    /// <summary>Creates the control.</summary>
    /// <param name="kubectl">For the pods' namespace.</param>
    /// <param name="pods">Knows the pods of the nodes.</param>
    /// <param name="probes">Sends the datagrams.</param>
    /// <param name="run">The run, for the label by which the policies are found again.</param>
    public PolicyNetwork(IKubectl kubectl, IPodDirectory pods, INetworkControl probes, string run) =>
        (_kubectl, _pods, _probes, _run) = (kubectl, pods, probes, run);

    /// <inheritdoc/>
    /// <exception cref="HarnessException">A pod is not there, or the API server refused.</exception>
    public async Task<INetworkCut> CutAsync(IReadOnlyCollection<Link> links, CancellationToken cancellationToken)
    {
        var pods = new Dictionary<INode, PodIdentity>();
        foreach (var node in links.SelectMany(link => new[] { link.From, link.To }).Distinct())
        {
            pods[node] = await FindAsync(node, cancellationToken);
        }

        var cut = new PolicyCut(this, links, pods);
        try
        {
            await ChangeAsync(cut, _cuts.Add, cancellationToken);
            return cut;
        }
        catch
        {
            await cut.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<bool> ProbeAsync(Link link, CancellationToken cancellationToken) => _probes.ProbeAsync(link, cancellationToken);

    /// <summary>Heals a cut; links that another cut holds too stay cut.</summary>
    /// <param name="cut">The cut.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task HealAsync(PolicyCut cut, CancellationToken cancellationToken) =>
        ChangeAsync(cut, healed => _cuts.Remove(healed), cancellationToken);

    /// <summary>Returns why a cut cannot be trusted; null when its pods and its policies are there.</summary>
    /// <param name="cut">The cut.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    public async Task<string?> CheckAsync(PolicyCut cut, CancellationToken cancellationToken)
    {
        foreach (var (node, before) in cut.Pods)
        {
            if ((await FindAsync(node, cancellationToken)).Uid != before.Uid)
            {
                return $"{node.Name} is another pod than the one that was cut off";
            }
        }

        foreach (var receiver in cut.Receivers)
        {
            var answer = await _kubectl.RunAsync(KubectlCommand.Read("get", "networkpolicy", CutPolicy.NameFor(receiver), "-o", "name"), cancellationToken);
            if (!answer.Succeeded)
            {
                return $"NetworkPolicy {CutPolicy.NameFor(receiver)} cannot be seen any more: {answer.Errors.Trim()}";
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<PodIdentity> FindAsync(INode node, CancellationToken cancellationToken)
    {
        var pod = await _pods.FindAsync(node, cancellationToken);
        return pod.Address.AddressFamily == AddressFamily.InterNetwork
            ? pod
            : throw new HarnessException(
                ExitCode.EnvironmentFailed, $"Pod {pod.Name} has the address {pod.Address}; links are cut by IPv4 addresses only.");
    }

    private async Task ChangeAsync(PolicyCut cut, Action<PolicyCut> change, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            change(cut);
            foreach (var receiver in cut.Receivers)
            {
                await BringInLineAsync(receiver, cancellationToken);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    // Two policies for one pod would allow together what each of them cuts; so there is one, for all cuts of the pod.
    private async Task BringInLineAsync(string receiver, CancellationToken cancellationToken)
    {
        var cutOff = _cuts.SelectMany(cut => cut.CutOffFrom(receiver)).ToHashSet();
        if (cutOff.Count > 0)
        {
            // The policy before the label: between the two the pod is still under the stack's own ones.
            var policy = CutPolicy.Make(receiver, cutOff, _kubectl.Target.Namespace, _run);
            await _kubectl.RequireAsync(ClusterCommands.ApplyAll(new ManifestSet([policy])), cancellationToken);
            await _kubectl.RequireAsync(
                KubectlCommand.Write("label", "pod", receiver, $"{ClusterNames.CutLabel}={receiver}", "--overwrite"), cancellationToken);
            return;
        }

        // A pod that is gone has taken its label along.
        var unlabelled = await _kubectl.RunAsync(KubectlCommand.Write("label", "pod", receiver, $"{ClusterNames.CutLabel}-"), cancellationToken);
        await _kubectl.RequireAsync(
            KubectlCommand.Write("delete", "networkpolicy", CutPolicy.NameFor(receiver), "--ignore-not-found"), cancellationToken);
        if (!unlabelled.Succeeded && !unlabelled.Errors.Contains("NotFound", StringComparison.Ordinal))
        {
            throw KubectlExtensions.Failure(KubectlCommand.Write("label", "pod", receiver, $"{ClusterNames.CutLabel}-"), unlabelled);
        }
    }
}
