using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.K3s;

/// <summary>Looks at the Kubernetes nodes of a cluster all the time: what the engine says of their containers, and what the API server says of their kubelets.</summary>
internal sealed class KubernetesNodeWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly IDocker _docker;
    private readonly IKubectl _kubectl;
    private readonly IReadOnlyList<KubernetesNode> _nodes;
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeProvider _time;
    private readonly Task _looking;

    /// <summary>Begins to look.</summary>
    /// <param name="docker">The program that asks the engine.</param>
    /// <param name="kubectl">The program that asks the API server, for any namespace.</param>
    /// <param name="nodes">The nodes.</param>
    /// <param name="time">The clock.</param>
    public KubernetesNodeWatch(IDocker docker, IKubectl kubectl, IReadOnlyList<KubernetesNode> nodes, TimeProvider time)
    {
        (_docker, _kubectl, _nodes, _time) = (docker, KubeletFacts.For(kubectl), nodes, time);
        _looking = LookAsync();
    }

    /// <summary>Looks once.</summary>
    /// <param name="docker">The program that asks the engine.</param>
    /// <param name="kubectl">The program that asks the API server, for the leases' namespace.</param>
    /// <param name="nodes">The nodes.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    public static async Task LookOnceAsync(
        IDocker docker, IKubectl kubectl, IReadOnlyList<KubernetesNode> nodes, CancellationToken cancellationToken)
    {
        var kubelets = await AskKubeletsAsync(kubectl, cancellationToken);
        foreach (var node in nodes)
        {
            var answer = await docker.RunAsync(K3sCommands.AskState(node.Container), cancellationToken);
            if (answer.Succeeded)
            {
                node.See(ContainerState.Parse(answer.Output), kubelets?.GetValueOrDefault(node.Name));
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _looking;
        _stop.Dispose();
    }

    private static async Task<IReadOnlyDictionary<string, KubeletFacts>?> AskKubeletsAsync(IKubectl kubectl, CancellationToken cancellationToken)
    {
        try
        {
            return KubeletFacts.Parse(await kubectl.ReadJsonAsync(KubeletFacts.Ask, cancellationToken));
        }
        catch (HarnessException)
        {
            // The API server may be what a fault has taken away.
            return null;
        }
    }

    private async Task LookAsync()
    {
        using var timer = new PeriodicTimer(Interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    await LookOnceAsync(_docker, _kubectl, _nodes, _stop.Token);
                }
                catch (HarnessException)
                {
                    // The engine did not answer in time; the next look tells.
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
