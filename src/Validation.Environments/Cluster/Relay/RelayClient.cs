using System.Net;
using System.Net.Sockets;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Relay;

/// <summary>
/// Opens connections that begin in a pod, through the relay there. The port-forward to it is opened with the first
/// connection, and again when it has broken.
/// </summary>
internal sealed class RelayClient : IAsyncDisposable
{
    private readonly KeptForward _forward;
    private readonly string _pod;
    private readonly TimeProvider _time;

    /// <summary>Creates the client; nothing is opened yet.</summary>
    /// <param name="kubectl">The cluster.</param>
    /// <param name="pod">The name of the pod in which the relay runs.</param>
    /// <param name="time">The clock.</param>
    public RelayClient(IKubectl kubectl, string pod, TimeProvider time) =>
        (_forward, _pod, _time) = (new KeptForward(kubectl, RelayProtocol.Port, time), pod, time);

    /// <summary>Opens a TCP connection from the pod.</summary>
    /// <param name="endPoint">Where to, as the pod sees it.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">Nobody answers there, or the relay cannot be reached; the message says which.</exception>
    public ValueTask<Stream> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken) => OpenAsync(endPoint, cancellationToken);

    /// <summary>Opens a connection to a Unix socket in the pod.</summary>
    /// <param name="path">The socket's path, as the relay sees it.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">Nobody answers there, or the relay cannot be reached; the message says which.</exception>
    public ValueTask<Stream> DialAsync(string path, CancellationToken cancellationToken) =>
        OpenAsync(new UnixDomainSocketEndPoint(path), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _forward.DisposeAsync();

    private async ValueTask<Stream> OpenAsync(EndPoint target, CancellationToken cancellationToken)
    {
        var forward = await ForwardAsync(null, cancellationToken);
        var (stream, _) = await TryAsync(forward, target, cancellationToken);
        if (stream is not null)
        {
            return stream;
        }

        // Kubectl goes on listening when the pod behind it was replaced; only a new one finds the new pod.
        forward = await ForwardAsync(forward, cancellationToken);
        (stream, var silence) = await TryAsync(forward, target, cancellationToken);
        if (stream is null)
        {
            await _forward.GiveUpAsync(forward, silence);
            throw new IOException(silence);
        }

        return stream;
    }

    /// <returns>The connection, or why the relay could not even be asked.</returns>
    private async Task<(Stream? Stream, string Silence)> TryAsync(PortForward forward, EndPoint target, CancellationToken cancellationToken)
    {
        var stream = default(RelayedStream);
        var answer = default(string);
        var silence = "its relay closed the connection without an answer";
        try
        {
            stream = new RelayedStream(await forward.ConnectAsync(cancellationToken), _time);
            await stream.WriteAsync(RelayProtocol.Line(RelayProtocol.Ask(target)), cancellationToken);
            answer = await RelayProtocol.ReadLineAsync(stream, cancellationToken);
            if (answer == RelayProtocol.Ok)
            {
                return (stream, string.Empty);
            }
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            silence = $"its relay cannot be reached: {error.Message}";
        }
        catch
        {
            stream?.Dispose();
            throw;
        }

        stream?.Dispose();
        return answer is null ? (null, $"pod {_pod}: {silence}.") : throw Refusal(target, answer);
    }

    private IOException Refusal(EndPoint target, string answer) =>
        new($"{target}, dialled from pod {_pod}: {(answer.StartsWith(RelayProtocol.Failed, StringComparison.Ordinal) ? answer[RelayProtocol.Failed.Length..] : answer)}.");

    private Task<PortForward> ForwardAsync(PortForward? broken, CancellationToken cancellationToken) =>
        _forward.GetAsync(_pod, _pod, broken, cancellationToken);
}
