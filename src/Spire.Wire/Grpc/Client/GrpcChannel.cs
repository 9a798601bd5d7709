using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;

namespace Spire.Wire.Grpc.Client;

/// <summary>Calls the methods of one server. Calls may come from any thread and share one connection.</summary>
/// <remarks>
/// The connection is opened by the first call and again when it was lost, has aged, or the server sent GOAWAY; calls that run
/// on the old one finish there. Failures are not retried, except when the server says that it has not seen the call.
/// </remarks>
public sealed class GrpcChannel : IDisposable
{
    private readonly GrpcChannelOptions _options;
    private readonly Connections _connections;
    private readonly Uri _server;
    private readonly CancellationPool _cancellations;
    private readonly ConcurrentDictionary<GrpcMethod, Uri> _addresses = new();

    /// <summary>Creates a channel; nothing is opened yet.</summary>
    /// <param name="options">How to reach the server.</param>
    public GrpcChannel(GrpcChannelOptions options)
    {
        _options = options;
        _server = new Uri($"{(options.Tls is null ? Uri.UriSchemeHttp : Uri.UriSchemeHttps)}://{options.Authority}");
        _connections = new Connections(options);
        _cancellations = new CancellationPool(options.Time);
    }

    /// <summary>Makes a call with one request and one response.</summary>
    /// <typeparam name="TRequest">The request.</typeparam>
    /// <typeparam name="TResponse">The response.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="request">The request; must not change before the call has ended.</param>
    /// <param name="options">Its timeout and metadata.</param>
    /// <param name="cancellationToken">Gives the call up.</param>
    /// <exception cref="GrpcException">It ended with a status other than <see cref="StatusCode.OK"/>.</exception>
    /// <exception cref="OperationCanceledException">The caller gave it up.</exception>
    public async Task<TResponse> CallAsync<TRequest, TResponse>(
        UnaryMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        using var life = new CallLife(_options.Time, _cancellations, options.Timeout, cancellationToken);
        try
        {
            var http = await _connections.SendAsync(HttpRequest(method, new MessageContent(request), options), life.Token);
            using var response = new Response<TResponse>(http, method.Responses, _options.MaxMessageSize);
            var message = await response.ReadAsync(life.Token)
                ?? throw new GrpcException(StatusCode.Internal, "cardinality violation: received no response message");
            if (await response.ReadAsync(life.Token) is not null)
            {
                throw new GrpcException(StatusCode.Internal, "cardinality violation: received more than one response message");
            }

            response.Release();
            return message;
        }
        catch (Exception failure)
        {
            throw life.Explain(_connections.Clarify(failure));
        }
    }

    /// <summary>Starts a call with one request and a stream of responses.</summary>
    /// <typeparam name="TRequest">The request.</typeparam>
    /// <typeparam name="TResponse">The responses.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="request">The request; must not change before the call has ended.</param>
    /// <param name="options">Its timeout and metadata.</param>
    /// <param name="cancellationToken">Gives the call up, at any time.</param>
    /// <returns>The running call; failures show when it is read.</returns>
    public ServerStreamCall<TResponse> Open<TRequest, TResponse>(
        ServerStreamMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        var life = new CallLife(_options.Time, _cancellations, options.Timeout, cancellationToken);
        return new ServerStreamCall<TResponse>(life, StartAsync(method, new MessageContent(request), options, life));
    }

    /// <summary>Starts a call with a stream of requests and a stream of responses.</summary>
    /// <typeparam name="TRequest">The requests.</typeparam>
    /// <typeparam name="TResponse">The responses.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="options">Its timeout and metadata.</param>
    /// <param name="cancellationToken">Gives the call up, at any time.</param>
    /// <returns>The running call; failures show when it is read.</returns>
    public DuplexCall<TRequest, TResponse> Open<TRequest, TResponse>(
        DuplexMethod<TRequest, TResponse> method, CallOptions options, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        var life = new CallLife(_options.Time, _cancellations, options.Timeout, cancellationToken);
        var requests = new RequestStreamContent();
        return new DuplexCall<TRequest, TResponse>(life, requests, StartAsync(method, requests, options, life));
    }

    /// <summary>Begins no more calls. Those that run finish, and then the connection is closed.</summary>
    public void Dispose() => _connections.Dispose();

    private async Task<Response<TResponse>> StartAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, HttpContent content, CallOptions options, CallLife life)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        try
        {
            var http = await _connections.SendAsync(HttpRequest(method, content, options), life.Token);
            return new Response<TResponse>(http, method.Responses, _options.MaxMessageSize);
        }
        catch (Exception failure)
        {
            throw life.Explain(_connections.Clarify(failure));
        }
    }

    private HttpRequestMessage HttpRequest(GrpcMethod method, HttpContent content, CallOptions options)
    {
        var address = _addresses.GetOrAdd(method, static (method, server) => new Uri(server, method.Path), _server);
        var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };

        content.Headers.TryAddWithoutValidation("Content-Type", Frame.ContentType);
        request.Headers.TryAddWithoutValidation("User-Agent", _options.UserAgent);
        request.Headers.TryAddWithoutValidation("TE", "trailers");
        if (options.Timeout is { } timeout)
        {
            request.Headers.TryAddWithoutValidation(TimeoutHeader.Name, TimeoutHeader.Format(timeout));
        }

        if (options.Metadata is { } metadata)
        {
            foreach (var (key, value) in metadata)
            {
                request.Headers.TryAddWithoutValidation(key, value);
            }
        }

        return request;
    }
}
