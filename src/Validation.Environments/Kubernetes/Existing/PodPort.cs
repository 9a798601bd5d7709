using System.Net.Sockets;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Relay;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>Opens connections to a port of a node, through one <c>kubectl port-forward</c> to the pod that the node is right now.</summary>
/// <remarks>
/// Nothing runs in the pod for it: the kubelet dials inside the pod, so there the connection begins at its own loopback.
/// </remarks>
internal sealed class PodPort : IAsyncDisposable
{
    private readonly KeptForward _forward;
    private readonly PodNode _node;
    private readonly TimeProvider _time;

    /// <summary>Creates it; nothing is opened yet.</summary>
    /// <param name="kubectl">For the pod's namespace.</param>
    /// <param name="node">The node.</param>
    /// <param name="port">The port.</param>
    /// <param name="time">The clock.</param>
    public PodPort(IKubectl kubectl, PodNode node, int port, TimeProvider time) =>
        (_forward, _node, _time) = (new KeptForward(kubectl, port, time), node, time);

    /// <summary>Opens a connection.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">The node has no pod right now, or kubectl cannot reach it.</exception>
    public async ValueTask<Stream> DialAsync(CancellationToken cancellationToken)
    {
        var forward = await ForwardAsync(cancellationToken);
        try
        {
            return new ForwardedStream(await forward.ConnectAsync(cancellationToken), _time);
        }
        catch (SocketException error)
        {
            var silence = $"{_node.Name}: its 'kubectl port-forward' does not answer any more: {error.Message}";
            await _forward.GiveUpAsync(forward, silence);
            throw new IOException(silence, error);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _forward.DisposeAsync();

    private Task<PortForward> ForwardAsync(CancellationToken cancellationToken)
    {
        var pod = _node.Pod ?? throw new IOException(_node.Absence);
        return _forward.GetAsync(pod.Name, $"{pod.Uid} {pod.Container(_node.MainContainer)?.Id}", null, cancellationToken);
    }
}
