using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace Spire.Wire.Grpc.Server;

/// <summary>Which methods a server has and who handles them. Complete before the server starts.</summary>
public sealed class GrpcHandlers
{
    private readonly Dictionary<string, MethodHandler> _byPath = [];
    private readonly HashSet<string> _services = [];

    internal delegate Task Invocation(HttpContext http, ServerCall call, int maxMessageSize, CancellationToken cancellationToken);

    /// <summary>Gets the paths of all methods.</summary>
    public IReadOnlyCollection<string> Paths => _byPath.Keys;

    /// <summary>Adds a method with one request and one response.</summary>
    /// <typeparam name="TRequest">The request.</typeparam>
    /// <typeparam name="TResponse">The response.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="handler">Answers a request; throws <see cref="GrpcException"/> to end the call with another status.</param>
    /// <exception cref="ArgumentException">The method is there already.</exception>
    public void Map<TRequest, TResponse>(
        UnaryMethod<TRequest, TResponse> method, Func<TRequest, ServerCall, CancellationToken, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        Add(method, async (http, call, maxMessageSize, cancellationToken) =>
        {
            var request = await OnlyRequestAsync(method, http, maxMessageSize, cancellationToken);
            var response = await handler(request, call, cancellationToken);
            await new MessageWriter<TResponse>(http.Response, call).BufferAsync(response, cancellationToken);
        });

    /// <summary>Adds a method with one request and a stream of responses.</summary>
    /// <typeparam name="TRequest">The request.</typeparam>
    /// <typeparam name="TResponse">The responses.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="handler">Writes responses; the stream ends when it returns.</param>
    /// <exception cref="ArgumentException">The method is there already.</exception>
    public void Map<TRequest, TResponse>(
        ServerStreamMethod<TRequest, TResponse> method,
        Func<TRequest, MessageWriter<TResponse>, ServerCall, CancellationToken, Task> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        Add(method, async (http, call, maxMessageSize, cancellationToken) =>
        {
            var request = await OnlyRequestAsync(method, http, maxMessageSize, cancellationToken);
            await handler(request, new MessageWriter<TResponse>(http.Response, call), call, cancellationToken);
        });

    /// <summary>Adds a method with a stream of requests and a stream of responses.</summary>
    /// <typeparam name="TRequest">The requests.</typeparam>
    /// <typeparam name="TResponse">The responses.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="handler">Reads requests and writes responses; the call ends when it returns.</param>
    /// <exception cref="ArgumentException">The method is there already.</exception>
    public void Map<TRequest, TResponse>(
        DuplexMethod<TRequest, TResponse> method,
        Func<MessageReader<TRequest>, MessageWriter<TResponse>, ServerCall, CancellationToken, Task> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        Add(method, (http, call, maxMessageSize, cancellationToken) => handler(
            new MessageReader<TRequest>(http.Request.BodyReader, method.Requests, maxMessageSize),
            new MessageWriter<TResponse>(http.Response, call),
            call,
            cancellationToken));

    internal MethodHandler? Find(string path) => _byPath.GetValueOrDefault(path);

    /// <summary>Says about a path without a handler what grpc-go says.</summary>
    internal GrpcStatus Unknown(string path)
    {
        var slash = path.LastIndexOf('/');
        if (slash <= 0)
        {
            return new GrpcStatus(StatusCode.Unimplemented, $"malformed method name: \"{path}\"");
        }

        var (service, name) = (path[1..slash], path[(slash + 1)..]);
        return new GrpcStatus(StatusCode.Unimplemented, _services.Contains(service)
            ? $"unknown method {name} for service {service}"
            : $"unknown service {service}");
    }

    private static async Task<TRequest> OnlyRequestAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, HttpContext http, int maxMessageSize, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        await new MessageReader<TRequest>(http.Request.BodyReader, method.Requests, maxMessageSize).ReadAsync(cancellationToken)
        ?? throw new GrpcException(StatusCode.Internal, "cardinality violation: received no request message");

    private void Add(GrpcMethod method, Invocation invocation)
    {
        _byPath.Add(method.Path, new MethodHandler(method, invocation));
        _services.Add(method.Service);
    }

    internal sealed record MethodHandler(GrpcMethod Method, Invocation InvokeAsync);
}
