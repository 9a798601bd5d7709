using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.K3s;

/// <summary>Removes clusters whose harness has ended, found by their labels and by nothing else. A second call finds nothing.</summary>
internal sealed class K3sRecovery
{
    private readonly IDocker _docker;
    private readonly Func<string, HarnessLife> _lifeOf;

    /// <summary>Creates it.</summary>
    /// <param name="docker">The program.</param>
    /// <param name="lifeOf">Tells of a <see cref="HarnessMark"/> whether its process still runs.</param>
    public K3sRecovery(IDocker docker, Func<string, HarnessLife> lifeOf) => (_docker, _lifeOf) = (docker, lifeOf);

    /// <summary>Finds what harnesses have left that are not known to run.</summary>
    /// <param name="cancellationToken">Ends the looking.</param>
    public async Task<Leftovers> FindAsync(CancellationToken cancellationToken) =>
        Leftovers.Of(await FindAllAsync(_docker, K3sNames.OfHarness, cancellationToken), _lifeOf);

    /// <summary>Removes what ended harnesses have left. What another one may be using is left alone, and named.</summary>
    /// <param name="progress">Told what is removed, and what is not.</param>
    /// <param name="cancellationToken">Ends the removing; what is left can be removed by another call.</param>
    /// <returns>What was found before and is removed: <c>container validation-1a2b-k3s-server-1</c>; empty when there was nothing to do.</returns>
    /// <exception cref="HarnessException">Something is still there; it is named.</exception>
    public async Task<IReadOnlyList<string>> RecoverAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var found = await FindAsync(cancellationToken);
        if (found.Remark() is { } remark)
        {
            progress?.Report(remark);
        }

        if (found.Removable.Count == 0)
        {
            return [];
        }

        progress?.Report($"removing {found.Removable.Count} containers and networks of a run that did not end in good order");
        await RemoveAsync(_docker, found.Removable, cancellationToken);
        var left = (await FindAsync(cancellationToken)).Removable;
        return left.Count == 0 ? [.. found.Removable.Select(one => one.ToString())] : throw new HarnessException(
            ExitCode.LeftUnclean, $"Still there: {string.Join(", ", left)}.", "Run 'recover' once more.");
    }

    /// <summary>Finds containers and networks, whatever they do.</summary>
    /// <param name="docker">The program.</param>
    /// <param name="filter">Which of them.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    public static async Task<IReadOnlyList<Leftover>> FindAllAsync(IDocker docker, string filter, CancellationToken cancellationToken)
    {
        var containers = await docker.ListAsync(K3sCommands.ListContainers(filter), cancellationToken);
        var networks = await docker.ListAsync(K3sCommands.ListNetworks(filter), cancellationToken);
        return [.. containers.Select(line => Leftover.Parse(Leftover.Container, line)), .. networks.Select(line => Leftover.Parse(Leftover.Network, line))];
    }

    /// <summary>Removes containers with their volumes, then networks. What is gone already is no failure.</summary>
    /// <param name="docker">The program.</param>
    /// <param name="found">What to remove.</param>
    /// <param name="cancellationToken">Ends the removing.</param>
    public static async Task RemoveAsync(IDocker docker, IReadOnlyList<Leftover> found, CancellationToken cancellationToken)
    {
        foreach (var removal in Removals(found))
        {
            await docker.RunAsync(removal, cancellationToken);
        }
    }

    /// <summary>Returns the commands that remove containers with their volumes, then networks.</summary>
    /// <param name="found">What to remove.</param>
    public static IEnumerable<DockerCommand> Removals(IReadOnlyList<Leftover> found)
    {
        string[] containers = [.. found.Where(one => one.Kind == Leftover.Container).Select(one => one.Id)];
        return
        [
            .. containers.Length > 0 ? [K3sCommands.RemoveContainers(containers)] : Array.Empty<DockerCommand>(),
            .. found.Where(one => one.Kind == Leftover.Network).Select(network => K3sCommands.RemoveNetwork(network.Id)),
        ];
    }
}
