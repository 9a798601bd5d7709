using Google.Protobuf;

namespace Spire.Wire.Grpc.Client;

/// <summary>The answer to a call: headers, messages, and the status at the end.</summary>
internal sealed class Response<TResponse> : IDisposable
    where TResponse : class, IMessage<TResponse>, new()
{
    private readonly HttpResponseMessage _http;
    private readonly MessageParser<TResponse> _parser;
    private readonly FrameReader _frames;
    private GrpcStatus? _status;

    /// <summary>Takes over an HTTP response.</summary>
    /// <exception cref="GrpcException">It is not gRPC's; it has been disposed of.</exception>
    public Response(HttpResponseMessage http, MessageParser<TResponse> parser, int maxMessageSize)
    {
        _http = http;
        _parser = parser;
        var contentType = ValueIn(http.Content.Headers, "Content-Type");
        if (http.StatusCode != System.Net.HttpStatusCode.OK || !Frame.IsContentType(contentType))
        {
            // A server may answer another HTTP status and still say in gRPC's terms why.
            var status = StatusIn(http.Headers) ?? TransportFailure.Explain(http.StatusCode, contentType);
            http.Dispose();
            throw new GrpcException(status);
        }

        _frames = new FrameReader(http.Content.ReadAsStream(CancellationToken.None), maxMessageSize);
    }

    public Metadata Headers => MetadataOf(_http.Headers);

    /// <summary>Gets what came with the status; nothing while there is none. A server that sends no message sends it with the headers.</summary>
    public Metadata Trailers => _status is null
        ? Metadata.Empty
        : MetadataOf(StatusIn(_http.TrailingHeaders) is null ? _http.Headers : _http.TrailingHeaders);

    /// <summary>Reads the next message.</summary>
    /// <returns>Null when the call ended with <see cref="StatusCode.OK"/>.</returns>
    /// <exception cref="GrpcException">It ended with another status, or a message is wrong.</exception>
    public async ValueTask<TResponse?> ReadAsync(CancellationToken cancellationToken)
    {
        if (_status is null)
        {
            if (await _frames.ReadAsync(cancellationToken) is { } message)
            {
                return Parse(message.Span);
            }

            _status = StatusIn(_http.TrailingHeaders) ?? StatusIn(_http.Headers)
                ?? new GrpcStatus(StatusCode.Internal, "server closed the stream without sending trailers");
        }

        return _status.Code == StatusCode.OK ? null : throw new GrpcException(_status, Trailers, null);
    }

    /// <summary>Gives buffers back, for others to use. Not for streams: someone may still be reading when they are disposed of.</summary>
    public void Release() => _frames.Release();

    public void Dispose() => _http.Dispose();

    private TResponse Parse(ReadOnlySpan<byte> message)
    {
        try
        {
            return _parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException error)
        {
            throw new GrpcException(StatusCode.Internal, $"grpc: failed to unmarshal the received message: {error.Message}", error);
        }
    }

    private static GrpcStatus? StatusIn(System.Net.Http.Headers.HttpHeaders headers) =>
        ValueIn(headers, StatusHeaders.Code) is { } code
            ? StatusHeaders.Parse(code, code == "0" ? null : ValueIn(headers, StatusHeaders.Message), code == "0" ? null : ValueIn(headers, StatusHeaders.Details))
            : null;

    private static string? ValueIn(System.Net.Http.Headers.HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    private static Metadata MetadataOf(System.Net.Http.Headers.HttpHeaders headers)
    {
        var metadata = new Metadata();
        foreach (var (name, values) in headers.NonValidated)
        {
            if (name.StartsWith("grpc-", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            foreach (var value in values)
            {
                metadata.AddUnchecked(name.ToLowerInvariant(), value);
            }
        }

        return metadata;
    }
}
