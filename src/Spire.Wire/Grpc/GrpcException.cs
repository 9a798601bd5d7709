using Google.Protobuf.WellKnownTypes;

namespace Spire.Wire.Grpc;

/// <summary>A call that did not end with <see cref="StatusCode.OK"/>. Handlers throw it to end their call, clients get it.</summary>
public sealed class GrpcException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="code">How the call ended.</param>
    /// <param name="message">Why, for people.</param>
    /// <param name="innerException">The cause, if there is one. It stays on this side of the wire.</param>
    public GrpcException(StatusCode code, string message, Exception? innerException = null)
        : this(new GrpcStatus(code, message), Metadata.Empty, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="status">How the call ended.</param>
    /// <param name="innerException">The cause, if there is one. It stays on this side of the wire.</param>
    public GrpcException(GrpcStatus status, Exception? innerException = null)
        : this(status, Metadata.Empty, innerException)
    {
    }

    internal GrpcException(GrpcStatus status, Metadata trailers, Exception? innerException)
        : base(status.ToString(), innerException)
    {
        Status = status;
        Trailers = trailers;
    }

    /// <summary>Gets how the call ended.</summary>
    public GrpcStatus Status { get; }

    /// <summary>Gets the code of <see cref="Status"/>.</summary>
    public StatusCode Code => Status.Code;

    /// <summary>Gets the details of <see cref="Status"/>.</summary>
    public IReadOnlyList<Any> Details => Status.Details;

    /// <summary>Gets what the server sent with the status; empty when the failure is not the server's answer.</summary>
    public Metadata Trailers { get; }
}
