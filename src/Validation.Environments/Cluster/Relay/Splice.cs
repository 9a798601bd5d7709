using System.Net.Sockets;

namespace Validation.Environments.Cluster.Relay;

/// <summary>Joins two connections, so that each side gets what the other sends.</summary>
internal static class Splice
{
    // Both protocols that are relayed, HTTP/2 and PostgreSQL's, end when either side does; nobody waits for an answer
    // after having closed. What is still on its way gets this long.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(5);

    /// <summary>Carries bytes both ways until both sides have closed, or one of them has and the other does not follow.</summary>
    /// <param name="near">One side.</param>
    /// <param name="far">The other.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the connection.</param>
    public static async Task RunAsync(Stream near, Stream far, TimeProvider time, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var there = CarryAsync(near, far, ended.Token);
        var back = CarryAsync(far, near, ended.Token);
        var first = await Task.WhenAny(there, back);
        if (await first)
        {
            await Task.WhenAny(Task.WhenAll(there, back), Task.Delay(Linger, time, ended.Token));
        }

        await ended.CancelAsync();
        await Task.WhenAll(there, back);
    }

    /// <summary>Carries bytes one way until the sender closes, and passes that on.</summary>
    /// <param name="from">The sender.</param>
    /// <param name="to">The receiver.</param>
    /// <param name="cancellationToken">Ends the carrying.</param>
    /// <returns>True when the sender closed in good order.</returns>
    public static async Task<bool> CarryAsync(Stream from, Stream to, CancellationToken cancellationToken)
    {
        try
        {
            await from.CopyToAsync(to, cancellationToken);
            if (to is NetworkStream network)
            {
                network.Socket.Shutdown(SocketShutdown.Send);
            }

            return true;
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return false;
        }
    }
}
