using System.Collections.Concurrent;
using Validation.Environments.Cluster.Relay;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster;

/// <summary>The relays of a cluster: one client for each pod, made when it is first needed.</summary>
internal sealed class RelaySet : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, RelayClient> _clients = new();
    private readonly IKubectl _kubectl;
    private readonly TimeProvider _time;

    /// <summary>Creates the set.</summary>
    /// <param name="kubectl">For the pods' namespace.</param>
    /// <param name="time">The clock.</param>
    public RelaySet(IKubectl kubectl, TimeProvider time) => (_kubectl, _time) = (kubectl, time);

    /// <summary>Returns the relay in a pod.</summary>
    /// <param name="pod">The pod's name.</param>
    public RelayClient In(string pod) => _clients.GetOrAdd(pod, name => new RelayClient(_kubectl, name, _time));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values)
        {
            await client.DisposeAsync();
        }
    }
}
