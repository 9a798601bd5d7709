using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace EmbeddedSpire.Agent.Connection;

/// <summary>A connection to a server could not be opened. The message is what SPIRE's agent would have logged.</summary>
internal sealed class DialException : Exception
{
    private DialException(string message, Exception? innerException)
        : base($"connection error: desc = \"{message}\"", innerException)
    {
    }

    /// <summary>Explains that TCP failed.</summary>
    public static DialException OfSocket(IPEndPoint address, Exception failure)
    {
        var reason = failure switch
        {
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "connect: connection refused",
            SocketException { SocketErrorCode: SocketError.ConnectionReset } => "connect: connection reset by peer",
            SocketException { SocketErrorCode: SocketError.TimedOut } => "connect: connection timed out",
            SocketException { SocketErrorCode: SocketError.HostUnreachable } => "connect: no route to host",
            SocketException { SocketErrorCode: SocketError.NetworkUnreachable } => "connect: network is unreachable",
            OperationCanceledException => "i/o timeout",
            _ => $"connect: {failure.Message}",
        };
        return new DialException($"transport: Error while dialing: dial tcp {address}: {reason}", failure);
    }

    /// <summary>Explains that TLS failed.</summary>
    public static DialException OfHandshake(Exception failure) => new(
        "transport: authentication handshake failed: " + failure switch
        {
            OperationCanceledException => "context deadline exceeded",
            AuthenticationException => failure.GetBaseException().Message,
            _ => failure.Message,
        },
        failure);

    /// <summary>Explains that the server ended the connection after the handshake, as it does when it refuses our certificate.</summary>
    public static DialException OfPreface(Exception failure) => new(
        "error reading server preface: " + failure switch
        {
            OperationCanceledException => "context deadline exceeded",
            EndOfStreamException => "EOF",
            _ when AlertIn(failure) is { } alert => $"remote error: tls: {alert}",
            _ => failure.GetBaseException().Message,
        },
        failure);

    /// <summary>Finds the alert that the server sent in what OpenSSL says about it: <c>… sslv3 alert bad certificate</c>.</summary>
    private static string? AlertIn(Exception failure)
    {
        const string Mark = "alert ";
        var text = failure.GetBaseException().Message;
        var start = text.LastIndexOf(Mark, StringComparison.Ordinal);
        return start < 0 ? null : text[(start + Mark.Length)..].TrimEnd('.');
    }
}
