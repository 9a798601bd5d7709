using Microsoft.AspNetCore.Http;

namespace Spire.Wire.Grpc.Server;

/// <summary>Takes a request of Kestrel to its handler and ends it with a status.</summary>
internal sealed class GrpcDispatcher
{
    private readonly GrpcServerOptions _options;

    public GrpcDispatcher(GrpcServerOptions options) => _options = options;

    public async Task DispatchAsync(HttpContext http)
    {
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        if (!Frame.IsContentType(http.Request.ContentType))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        http.Response.ContentType = http.Request.ContentType;
        var path = http.Request.Path.Value ?? string.Empty;
        if (_options.Handlers.Find(path) is not { } handler)
        {
            End(http, _options.Handlers.Unknown(path), Metadata.Empty);
        }
        else if (Refusal(http.Request.Headers) is { } refusal)
        {
            End(http, refusal, Metadata.Empty);
        }
        else
        {
            await ServeAsync(http, handler);
        }
    }

    private async Task ServeAsync(HttpContext http, GrpcHandlers.MethodHandler handler)
    {
        var timeout = TimeoutOf(http.Request);
        using var life = new CancellationTokenSource(timeout ?? Timeout.InfiniteTimeSpan, _options.Time);
        using var aborted = http.RequestAborted.UnsafeRegister(static life => ((CancellationTokenSource)life!).Cancel(), life);
        var call = new ServerCall(http, handler.Method, timeout is { } time ? _options.Time.GetUtcNow() + time : null);

        GrpcCallHandler handling = GuardedBy(http, (call, cancellationToken) => InvokeAsync(http, call, handler, cancellationToken));
        foreach (var interceptor in _options.Interceptors.Reverse())
        {
            var next = handling;
            handling = GuardedBy(http, (call, cancellationToken) => interceptor(call, next, cancellationToken));
        }

        End(http, await handling(call, life.Token), call.ResponseTrailers);
    }

    private async Task<GrpcStatus> InvokeAsync(
        HttpContext http, ServerCall call, GrpcHandlers.MethodHandler handler, CancellationToken cancellationToken)
    {
        await handler.InvokeAsync(http, call, _options.MaxMessageSize, cancellationToken);
        return GrpcStatus.OK;
    }

    /// <summary>Makes statuses of exceptions, so that interceptors see statuses only.</summary>
    private GrpcCallHandler GuardedBy(HttpContext http, GrpcCallHandler handling) => async (call, cancellationToken) =>
    {
        try
        {
            return await handling(call, cancellationToken);
        }
        catch (GrpcException failure)
        {
            return failure.Status;
        }
        catch (OperationCanceledException failure) when (failure is ClientGoneException || http.RequestAborted.IsCancellationRequested)
        {
            // Nobody will read this status; interceptors that count do.
            return new GrpcStatus(StatusCode.Canceled, "context canceled");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new GrpcStatus(StatusCode.DeadlineExceeded, "context deadline exceeded");
        }
        catch (Exception failure)
        {
            _options.Unexpected(call, failure);
            return new GrpcStatus(StatusCode.Unknown, failure.Message);
        }
    };

    private static GrpcStatus? Refusal(IHeaderDictionary headers)
    {
        if (headers[Frame.EncodingHeader].ToString() is { Length: > 0 } encoding && encoding != "identity")
        {
            return new GrpcStatus(StatusCode.Unimplemented, $"grpc: Decompressor is not installed for grpc-encoding \"{encoding}\"");
        }

        return headers[TimeoutHeader.Name].ToString() is { Length: > 0 } timeout && !TimeoutHeader.TryParse(timeout, out _)
            ? new GrpcStatus(StatusCode.Internal, $"malformed {TimeoutHeader.Name}: \"{timeout}\"")
            : null;
    }

    private static TimeSpan? TimeoutOf(HttpRequest request) =>
        // A timer cannot wait longer than 49 days, and no server lives that long between releases.
        TimeoutHeader.TryParse(request.Headers[TimeoutHeader.Name].ToString(), out var timeout) && timeout < TimeSpan.FromDays(49)
            ? timeout
            : null;

    /// <summary>Sends the status: after the messages in trailers, or in the headers when there was no message.</summary>
    private static void End(HttpContext http, GrpcStatus status, Metadata trailers)
    {
        Action<string, string> add = http.Response.HasStarted
            ? (key, value) => http.Response.AppendTrailer(key, value)
            : (key, value) => http.Response.Headers.Append(key, value);
        foreach (var (key, value) in trailers.Concat(StatusHeaders.Format(status)))
        {
            add(key, value);
        }
    }
}
