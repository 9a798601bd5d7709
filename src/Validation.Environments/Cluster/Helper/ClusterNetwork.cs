using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Validation.Core.Stacks;

namespace Validation.Environments.Cluster.Helper;

/// <summary>
/// Cuts links between pods in the network namespace of the pod that receives, and tries them with datagrams from one
/// pod's namespace to the other's.
/// </summary>
/// <remarks>
/// A packet to a Service's address has the receiving pod's own address when it arrives there, so links are cut also for
/// who goes through a Service, as long as nothing on the way replaces the sender's address.
/// </remarks>
internal sealed class ClusterNetwork : INetworkControl
{
    private const int TokenBytes = 16;
    private const int WaitMs = 250;

    private readonly NodeHelpers _helpers;
    private readonly IPodDirectory _pods;
    private readonly bool _knowsServices;

    /// <summary>Creates the control.</summary>
    /// <param name="helpers">The helpers.</param>
    /// <param name="pods">Knows the pods of the nodes.</param>
    /// <param name="knowsServices">True when the Services are the harness' own, which have IPv4 addresses alone also in a dual-stack cluster.</param>
    public ClusterNetwork(NodeHelpers helpers, IPodDirectory pods, bool knowsServices) => (_helpers, _pods, _knowsServices) = (helpers, pods, knowsServices);

    /// <inheritdoc/>
    /// <exception cref="HarnessException">A pod is not there, shares its Kubernetes node's network, has an IPv6 address, or its helper refused.</exception>
    public async Task<INetworkCut> CutAsync(IReadOnlyCollection<Link> links, CancellationToken cancellationToken)
    {
        var pods = await FindAsync(links, cancellationToken);
        var cut = new ClusterCut(links, pods, _pods);
        try
        {
            foreach (var received in links.GroupBy(link => link.To))
            {
                var receiver = pods[received.Key];
                var part = new CutPart(
                    await _helpers.OnAsync(receiver.KubernetesNode, cancellationToken),
                    Convert.ToHexString(RandomNumberGenerator.GetBytes(TokenBytes)),
                    [.. received]);
                cut.Add(part);
                // Once handed over it is brought to its end: half known is worse than late.
                await part.Session.AskAsync(
                    new Cut(part.Id, NodeHelpers.OnNode(receiver), [.. part.Links.Select(link => Describe(link, pods))]), CancellationToken.None);
            }

            return cut;
        }
        catch
        {
            await cut.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> ProbeAsync(Link link, CancellationToken cancellationToken)
    {
        var pods = await TryFindAsync(link, cancellationToken);
        if (pods is not var (from, to))
        {
            return false;
        }

        var token = Convert.ToHexString(RandomNumberGenerator.GetBytes(TokenBytes));
        var receiver = await _helpers.OnAsync(to.KubernetesNode, cancellationToken);
        var listening = await receiver.AskAsync(new Listen(NodeHelpers.OnNode(to), token), cancellationToken);
        await _helpers.AskAsync(from, pod => new Send(pod, to.Address.ToString(), listening.Port, token), cancellationToken);
        return (await receiver.AskAsync(new Hear(listening.Probe, WaitMs), cancellationToken)).Arrived;
    }

    private async Task<(PodIdentity From, PodIdentity To)?> TryFindAsync(Link link, CancellationToken cancellationToken)
    {
        try
        {
            return (await _pods.FindAsync(link.From, cancellationToken), await _pods.FindAsync(link.To, cancellationToken));
        }
        catch (HarnessException)
        {
            // Between a pod and its successor nothing arrives.
            return null;
        }
    }

    private async Task<Dictionary<INode, PodIdentity>> FindAsync(IReadOnlyCollection<Link> links, CancellationToken cancellationToken)
    {
        var pods = new Dictionary<INode, PodIdentity>();
        foreach (var node in links.SelectMany(link => new[] { link.From, link.To }).Distinct())
        {
            var pod = pods[node] = await _pods.FindAsync(node, cancellationToken);
            if (pod.Address.AddressFamily != AddressFamily.InterNetwork)
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed, $"Pod {pod.Name} has the address {pod.Address}; links are cut by IPv4 addresses only.");
            }

            if (!_knowsServices && pod.SecondAddress is { } second)
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed, $"Pod {pod.Name} has the address {second} besides {pod.Address}; links are cut by IPv4 addresses only, and what takes the other way would pass.");
            }
        }

        return pods;
    }

    private static CutLink Describe(Link link, Dictionary<INode, PodIdentity> pods) => new(
        link.From.Name, Text(pods[link.From].Address), link.To.Name, Text(pods[link.To].Address));

    private static string Text(IPAddress address) => string.Create(CultureInfo.InvariantCulture, $"{address}");
}
