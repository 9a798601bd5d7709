using Validation.Core.Stacks;

namespace Validation.Environments.Cluster.Helper;

/// <summary>Links between pods that are cut, in as many parts as there are pods that receive.</summary>
internal sealed class ClusterCut : INetworkCut
{
    private static readonly TimeSpan HealLimit = TimeSpan.FromSeconds(30);

    private readonly List<CutPart> _parts = [];
    private readonly IReadOnlyDictionary<INode, PodIdentity> _pods;
    private readonly IPodDirectory _directory;
    private volatile string? _broken;

    /// <summary>Creates the cut; nothing is cut yet.</summary>
    /// <param name="links">The links.</param>
    /// <param name="pods">The pods at their ends.</param>
    /// <param name="directory">Knows whether they are still the same.</param>
    public ClusterCut(IReadOnlyCollection<Link> links, IReadOnlyDictionary<INode, PodIdentity> pods, IPodDirectory directory) =>
        (Links, _pods, _directory) = (links, pods, directory);

    /// <inheritdoc/>
    public IReadOnlyCollection<Link> Links { get; }

    /// <inheritdoc/>
    public string? Broken => _broken;

    /// <summary>Adds what one helper cuts.</summary>
    /// <param name="part">The part.</param>
    public void Add(CutPart part)
    {
        _parts.Add(part);
        part.Session.OnBroken(part.Id, Break);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DroppedPackets>> ReadCountersAsync(CancellationToken cancellationToken)
    {
        await CheckPodsAsync(cancellationToken);
        var counters = new List<DroppedPackets>();
        foreach (var part in _parts)
        {
            counters.AddRange(await ReadAsync(part, cancellationToken));
        }

        return counters;
    }

    /// <inheritdoc/>
    public async Task HealAsync(CancellationToken cancellationToken)
    {
        foreach (var part in _parts.ToArray())
        {
            part.Session.Forget(part.Id);
            _parts.Remove(part);
            try
            {
                await part.Session.AskAsync(new Heal(part.Id), cancellationToken);
            }
            catch (HarnessException error)
            {
                // Nobody renews it any more, so the kernel heals it when its lease runs out.
                Break($"it could not be healed in good order: {error.Message}");
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(HealLimit);
        await HealAsync(limit.Token);
    }

    private async Task<IEnumerable<DroppedPackets>> ReadAsync(CutPart part, CancellationToken cancellationToken)
    {
        try
        {
            var report = await part.Session.AskAsync(new ReadDrops(part.Id), cancellationToken);
            if (report.Broken is { } broken)
            {
                Break(broken);
            }

            return
                from row in report.Drops
                from link in part.Links
                where link.From.Name == row.From && link.To.Name == row.To
                select new DroppedPackets(link, row.Packets);
        }
        catch (HarnessException error)
        {
            Break(error.Message);
            return [];
        }
    }

    // The rules name addresses: a pod that was made again has another one, and nothing is cut for it.
    private async Task CheckPodsAsync(CancellationToken cancellationToken)
    {
        foreach (var (node, before) in _pods)
        {
            try
            {
                if ((await _directory.FindAsync(node, cancellationToken)).Uid != before.Uid)
                {
                    Break($"{node.Name} is another pod than the one that was cut off");
                }
            }
            catch (HarnessException error)
            {
                Break(error.Message);
            }
        }
    }

    private void Break(string reason) => _broken ??= reason;
}

/// <summary>What one helper cuts for a cut: all links at whose end one pod receives.</summary>
/// <param name="Session">The session that holds it.</param>
/// <param name="Id">Its name in that session.</param>
/// <param name="Links">The links.</param>
internal sealed record CutPart(HelperClient Session, string Id, IReadOnlyList<Link> Links);
