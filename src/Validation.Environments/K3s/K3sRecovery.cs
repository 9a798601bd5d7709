using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.K3s;

/// <summary>Removes clusters whose harness has ended, found by their labels and by nothing else. A second call finds nothing.</summary>
internal sealed class K3sRecovery
{
    private readonly IDocker _docker;
    private readonly Func<string, bool> _isAlive;

    /// <summary>Creates it.</summary>
    /// <param name="docker">The program.</param>
    /// <param name="isAlive">Tells of a <see cref="HarnessMark"/> whether its process still runs.</param>
    public K3sRecovery(IDocker docker, Func<string, bool> isAlive) => (_docker, _isAlive) = (docker, isAlive);

    /// <summary>Finds what ended harnesses have left.</summary>
    /// <param name="cancellationToken">Ends the looking.</param>
    /// <returns>The containers and networks.</returns>
    public async Task<IReadOnlyList<Leftover>> FindAsync(CancellationToken cancellationToken)
    {
        var containers = await _docker.ListAsync(K3sCommands.ListContainers(K3sNames.OfHarness), cancellationToken);
        var networks = await _docker.ListAsync(K3sCommands.ListNetworks(K3sNames.OfHarness), cancellationToken);
        return
        [
            .. containers.Select(line => Leftover.Parse("container", line))
                .Concat(networks.Select(line => Leftover.Parse("network", line)))
                .Where(found => !_isAlive(found.Mark)),
        ];
    }

    /// <summary>Removes what ended harnesses have left.</summary>
    /// <param name="progress">Told what is removed.</param>
    /// <param name="cancellationToken">Ends the removing; what is left can be removed by another call.</param>
    /// <returns>What was found before: <c>container validation-1a2b-k3s-server-1</c>; empty when there was nothing to do.</returns>
    /// <exception cref="HarnessException">Something is still there; it is named.</exception>
    public async Task<IReadOnlyList<string>> RecoverAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var found = await FindAsync(cancellationToken);
        if (found.Count == 0)
        {
            return [];
        }

        progress?.Report($"removing {found.Count} containers and networks of a run that did not end in good order");
        await RemoveAsync(_docker, found, cancellationToken);
        var left = await FindAsync(cancellationToken);
        return left.Count == 0 ? [.. found.Select(one => one.ToString())] : throw new HarnessException(
            ExitCode.LeftUnclean, $"Still there: {string.Join(", ", left)}.", "Run 'recover' once more.");
    }

    /// <summary>Removes containers with their volumes, then networks. What is gone already is no failure.</summary>
    /// <param name="docker">The program.</param>
    /// <param name="found">What to remove.</param>
    /// <param name="cancellationToken">Ends the removing.</param>
    public static async Task RemoveAsync(IDocker docker, IReadOnlyList<Leftover> found, CancellationToken cancellationToken)
    {
        var containers = found.Where(one => one.Kind == "container").Select(one => one.Id).ToArray();
        if (containers.Length > 0)
        {
            await docker.RunAsync(K3sCommands.RemoveContainers(containers), cancellationToken);
        }

        foreach (var network in found.Where(one => one.Kind == "network"))
        {
            await docker.RunAsync(K3sCommands.RemoveNetwork(network.Id), cancellationToken);
        }
    }
}
