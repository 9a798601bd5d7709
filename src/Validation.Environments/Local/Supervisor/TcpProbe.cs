using System.Net;
using System.Net.Sockets;

namespace Validation.Environments.Local.Supervisor;

/// <summary>Succeeds when a TCP connection is accepted within one second.</summary>
internal sealed class TcpProbe : IProbe
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);
    private readonly IPEndPoint _endPoint;

    /// <summary>Creates the probe.</summary>
    /// <param name="endPoint">Where to connect.</param>
    public TcpProbe(IPEndPoint endPoint) => _endPoint = endPoint;

    /// <inheritdoc/>
    public async Task<string?> TryAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Limit);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(_endPoint, deadline.Token);
            return null;
        }
        catch (SocketException error)
        {
            return $"port {_endPoint.Port}: {error.Message}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"port {_endPoint.Port} does not accept a connection within {Duration.Format(Limit)}";
        }
    }
}
