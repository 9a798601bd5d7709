using System.Net;

namespace Spire.Wire.Grpc.Client;

/// <summary>Failures below gRPC as statuses, after the tables "HTTP to gRPC status" and "HTTP/2 error codes" of the protocol.</summary>
internal static class TransportFailure
{
    /// <summary>The error codes of RFC 9113 that mean something to gRPC.</summary>
    internal enum Http2Error
    {
        RefusedStream = 0x7,
        Cancel = 0x8,
        EnhanceYourCalm = 0xb,
        InadequateSecurity = 0xc,
    }

    /// <summary>Explains an exception of the HTTP client. Others are bugs and stay what they are.</summary>
    /// <remarks>
    /// A client certificate that the server refused cannot be told from a broken connection: with TLS 1.3 our handshake is over
    /// before the server looks at it. The innermost cause is named, which mostly holds the TLS alert.
    /// </remarks>
    public static Exception Explain(Exception failure)
    {
        if (failure is ObjectDisposedException)
        {
            return new GrpcException(StatusCode.Canceled, "The channel was disposed of.", failure);
        }

        // A cancellation that nobody asked for is that of a connection attempt whose time was over.
        if (failure is not (HttpRequestException or IOException or OperationCanceledException))
        {
            return failure;
        }

        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpProtocolException reset)
            {
                return new GrpcException(CodeOf((Http2Error)reset.ErrorCode), $"stream error: {reset.Message}", failure);
            }
        }

        var innermost = failure.GetBaseException();
        var reason = ReferenceEquals(innermost, failure) ? failure.Message : $"{failure.Message} ({innermost.Message})";
        return new GrpcException(StatusCode.Unavailable, $"connection error: {reason}", failure);
    }

    /// <summary>Explains the end of a stream that was reset.</summary>
    /// <param name="error">The error code of RFC 9113.</param>
    public static GrpcException OfReset(uint error) => new(
        CodeOf((Http2Error)error),
        $"stream error: the server reset the stream ({(Enum.IsDefined((Http2Error)error) ? (Http2Error)error : error)})",
        (Http2Error)error == Http2Error.RefusedStream ? new Lean.UnseenCallException() : null);

    /// <summary>Explains an answer that is not gRPC's.</summary>
    public static GrpcStatus Explain(HttpStatusCode httpStatus, string? contentType)
    {
        var code = httpStatus switch
        {
            HttpStatusCode.BadRequest => StatusCode.Internal,
            HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
            HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
            HttpStatusCode.NotFound => StatusCode.Unimplemented,
            HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable
                or HttpStatusCode.GatewayTimeout => StatusCode.Unavailable,
            _ => StatusCode.Unknown,
        };
        return new GrpcStatus(code, $"The answer is not gRPC: HTTP status {(int)httpStatus}, content type '{contentType}'.");
    }

    private static StatusCode CodeOf(Http2Error error) => error switch
    {
        Http2Error.RefusedStream => StatusCode.Unavailable,
        Http2Error.Cancel => StatusCode.Canceled,
        Http2Error.EnhanceYourCalm => StatusCode.ResourceExhausted,
        Http2Error.InadequateSecurity => StatusCode.PermissionDenied,
        _ => StatusCode.Internal,
    };
}
