using Validation.Core.Stacks;

namespace Validation.Environments.Cluster.NetworkPolicies;

/// <summary>Links that NetworkPolicies cut.</summary>
internal sealed class PolicyCut : INetworkCut
{
    private static readonly TimeSpan HealLimit = TimeSpan.FromSeconds(60);

    private readonly PolicyNetwork _network;
    private volatile string? _broken;

    /// <summary>Creates the cut; nothing is cut yet.</summary>
    /// <param name="network">Who cuts and heals it.</param>
    /// <param name="links">The links.</param>
    /// <param name="pods">The pods at their ends.</param>
    public PolicyCut(PolicyNetwork network, IReadOnlyCollection<Link> links, IReadOnlyDictionary<INode, PodIdentity> pods) =>
        (_network, Links, Pods) = (network, links, pods);

    /// <inheritdoc/>
    public IReadOnlyCollection<Link> Links { get; }

    /// <inheritdoc/>
    public string? Broken => _broken;

    /// <inheritdoc/>
    public bool CountsPackets => false;

    /// <summary>Gets the pods at the ends of the links, as they were when they were cut.</summary>
    public IReadOnlyDictionary<INode, PodIdentity> Pods { get; }

    /// <summary>Gets the names of the pods that receive.</summary>
    public IEnumerable<string> Receivers => Links.Select(link => Pods[link.To].Name).Distinct();

    /// <summary>Returns the addresses from which a pod must not hear.</summary>
    /// <param name="receiver">The pod's name.</param>
    public IEnumerable<string> CutOffFrom(string receiver) =>
        Links.Where(link => Pods[link.To].Name == receiver).Select(link => Pods[link.From].Address.ToString());

    /// <inheritdoc/>
    /// <remarks>Looks whether the cut is still in place.</remarks>
    public async Task<IReadOnlyList<DroppedPackets>> ReadCountersAsync(CancellationToken cancellationToken)
    {
        try
        {
            _broken ??= await _network.CheckAsync(this, cancellationToken);
        }
        catch (HarnessException error)
        {
            _broken ??= error.Message;
        }

        return [];
    }

    /// <inheritdoc/>
    public Task HealAsync(CancellationToken cancellationToken) => _network.HealAsync(this, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(HealLimit);
        await HealAsync(limit.Token);
    }
}
