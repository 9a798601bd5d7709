using System.Net.Sockets;
using Npgsql;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Server.Storage;

/// <summary>The database refused something or is not there. Texts are those that SPIRE makes of its driver's errors.</summary>
internal sealed class DatastoreException : Exception
{
    public DatastoreException(StatusCode code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>Gets what is wrong: NotFound, AlreadyExists, InvalidArgument, or Unknown for everything that is the database's trouble.</summary>
    public StatusCode Code { get; }

    /// <summary>Gets <see cref="Code"/> as the API shows it, which calls unknown trouble internal.</summary>
    public StatusCode ApiCode => Code == StatusCode.Unknown ? StatusCode.Internal : Code;

    /// <summary>Returns the exception for a row that is not there.</summary>
    public static DatastoreException NotFound() => new(StatusCode.NotFound, "datastore-sql: record not found");

    /// <summary>Returns the exception for input that no database would be asked about.</summary>
    public static DatastoreException Invalid(string problem) => new(StatusCode.InvalidArgument, $"datastore-validation: {problem}");

    /// <summary>Translates what the driver throws; null when it is nothing of the database's.</summary>
    public static DatastoreException? From(Exception error) => error switch
    {
        DatastoreException known => known,
        PostgresException { SqlState: { Length: 5 } state } refused => new(
            // Class 23 is that of constraints.
            state.StartsWith("23", StringComparison.Ordinal) ? StatusCode.AlreadyExists : StatusCode.Unknown,
            $"datastore-sql: pq: {refused.MessageText} ({state})",
            error),
        NpgsqlException or SocketException or IOException or TimeoutException => new(StatusCode.Unknown, $"datastore-sql: {Reason(error)}", error),
        _ => null,
    };

    private static string Reason(Exception error)
    {
        for (var inner = error; inner is not null; inner = inner.InnerException)
        {
            if (inner is SocketException socket)
            {
                return socket.SocketErrorCode switch
                {
                    SocketError.ConnectionRefused => "dial tcp: connect: connection refused",
                    SocketError.ConnectionReset => "read tcp: read: connection reset by peer",
                    SocketError.TimedOut => "dial tcp: i/o timeout",
                    SocketError.HostUnreachable => "dial tcp: connect: no route to host",
                    SocketError.NetworkUnreachable => "dial tcp: connect: network is unreachable",
                    SocketError.HostNotFound => "dial tcp: lookup: no such host",
                    SocketError.Shutdown => "write tcp: write: broken pipe",
                    _ => socket.Message,
                };
            }

            if (inner is EndOfStreamException)
            {
                return "unexpected EOF";
            }

            if (inner is TimeoutException)
            {
                return "dial tcp: i/o timeout";
            }
        }

        return error.Message;
    }
}
