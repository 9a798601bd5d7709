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
    // A pod that is down is dialled by the load hundreds of times a second; kubectl must not be started as often.
    private static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _gate = new(1);
    private readonly IKubectl _kubectl;
    private readonly PodNode _node;
    private readonly int _port;
    private readonly TimeProvider _time;
    private PortForward? _forward;
    private string? _leadsTo;
    private string? _failure;
    private long _failedAt;
    private bool _isDisposed;

    /// <summary>Creates it; nothing is opened yet.</summary>
    /// <param name="kubectl">For the pod's namespace.</param>
    /// <param name="node">The node.</param>
    /// <param name="port">The port.</param>
    /// <param name="time">The clock.</param>
    public PodPort(IKubectl kubectl, PodNode node, int port, TimeProvider time) => (_kubectl, _node, _port, _time) = (kubectl, node, port, time);

    /// <summary>Opens a connection.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">The node has no pod right now, or kubectl cannot reach it.</exception>
    public async ValueTask<Stream> DialAsync(CancellationToken cancellationToken)
    {
        var forward = await ForwardAsync(cancellationToken);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(forward.LocalEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException error)
        {
            socket.Dispose();
            await GiveUpAsync(forward);
            throw new IOException($"{_node.Name}: its 'kubectl port-forward' does not answer any more: {error.Message}", error);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        _isDisposed = true;
        await CloseAsync();
        _gate.Release();
    }

    private async Task<PortForward> ForwardAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var pod = _node.Pod ?? throw new IOException($"{_node.Name} has no pod right now: {_node.Status.Reason ?? _node.Status.State.ToString()}.");
            // Kubectl goes on listening when the pod or the container behind it was replaced, and leads nowhere then.
            var wanted = $"{pod.Uid} {pod.Container(_node.MainContainer)?.Id}";
            if (_forward is { IsOpen: true } open && _leadsTo == wanted)
            {
                return open;
            }

            return _failure is { } failure && _leadsTo == wanted && _time.GetElapsedTime(_failedAt) < RestAfterFailure
                ? throw new IOException(failure)
                : await ReopenAsync(pod.Name, wanted, cancellationToken);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<PortForward> ReopenAsync(string pod, string wanted, CancellationToken cancellationToken)
    {
        await CloseAsync();
        _leadsTo = wanted;
        try
        {
            _forward = await PortForward.OpenAsync(_kubectl, pod, _port, _time, cancellationToken);
            _failure = null;
            return _forward;
        }
        catch (IOException error)
        {
            (_failedAt, _failure) = (_time.GetTimestamp(), error.Message);
            throw;
        }
    }

    private async Task GiveUpAsync(PortForward forward)
    {
        await _gate.WaitAsync();
        if (_forward == forward)
        {
            await CloseAsync();
        }

        _gate.Release();
    }

    private async Task CloseAsync()
    {
        if (_forward is { } forward)
        {
            _forward = null;
            await forward.DisposeAsync();
        }
    }
}
