using EmbeddedSpire.Server.Storage;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;
using Logger = EmbeddedSpire.Logging.Logger;
using LogLevel = EmbeddedSpire.Logging.LogLevel;

namespace EmbeddedSpire.Server.Calls;

/// <summary>Makes the statuses with which calls and items of batches are refused, in SPIRE's form, and logs them.</summary>
internal static class Refusal
{
    /// <summary>Gets the status of an item that succeeded.</summary>
    public static Status Ok => new() { Code = 0, Message = "OK" };

    /// <summary>Makes the status of a call.</summary>
    /// <param name="log">The logger of the call.</param>
    /// <param name="code">The code.</param>
    /// <param name="message">What could not be done.</param>
    /// <param name="reason">Why; follows after a colon. Not shown to those who ask for what does not exist.</param>
    public static GrpcException Call(Logger log, StatusCode code, string message, string? reason = null)
    {
        Report(log, code, message, reason);
        return new GrpcException(code, Text(code, message, reason));
    }

    /// <summary>Makes the status of a call whose trouble is the database's.</summary>
    public static GrpcException Call(Logger log, string message, DatastoreException error) => Call(log, StatusCode.Internal, message, error.Message);

    /// <summary>Makes the status of an item.</summary>
    public static Status Item(Logger log, StatusCode code, string message, string? reason = null)
    {
        Report(log, code, message, reason);
        return new Status { Code = (int)code, Message = Text(code, message, reason) };
    }

    /// <summary>Returns a logger whose lines say which call they are about.</summary>
    public static Logger For(this Logger log, ServerCall call)
    {
        var caller = Caller.Of(call.Peer);
        var logger = log.For("api").With("service", call.Method.Service).With("method", call.Method.Name);
        logger = caller.Address is null ? logger : logger.With("caller_addr", call.Peer.Remote);
        return caller.Id is null ? logger : logger.With("caller_id", caller.Id);
    }

    private static string Text(StatusCode code, string message, string? reason) =>
        reason is null || code == StatusCode.NotFound ? message : $"{message}: {reason}";

    private static void Report(Logger log, StatusCode code, string message, string? reason)
    {
        if (!log.IsOn(LogLevel.Error))
        {
            return;
        }

        var text = code == StatusCode.InvalidArgument ? $"Invalid argument: {message}" : char.ToUpperInvariant(message[0]) + message[1..];
        if (reason is null || code == StatusCode.NotFound)
        {
            log.Error(text);
        }
        else
        {
            log.Error(text, ("error", reason));
        }
    }
}
