using System.Net.Sockets;

namespace Validation.Environments.Cluster.Relay;

/// <summary>A connection through a port-forward; disposing it hangs up politely, without waiting for that.</summary>
internal class ForwardedStream : NetworkStream
{
    private readonly TimeProvider _time;
    private int _isClosed;

    /// <summary>Takes over a connection.</summary>
    /// <param name="socket">The connection; closed with the stream.</param>
    /// <param name="time">The clock.</param>
    public ForwardedStream(Socket socket, TimeProvider time)
        : base(socket, ownsSocket: false) => _time = time;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            _ = HangUp.FirstAsync(Socket, _time, CancellationToken.None);
        }
    }
}
