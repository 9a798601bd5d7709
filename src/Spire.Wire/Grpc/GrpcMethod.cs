using Google.Protobuf;

namespace Spire.Wire.Grpc;

/// <summary>How many messages go each way in a call.</summary>
public enum MethodKind
{
    /// <summary>One request, one response.</summary>
    Unary,

    /// <summary>One request, any number of responses.</summary>
    ServerStream,

    /// <summary>Any number of requests and responses, in any order.</summary>
    Duplex,
}

/// <summary>A method of a service.</summary>
public abstract class GrpcMethod
{
    private protected GrpcMethod(string service, string name, MethodKind kind)
    {
        Service = service;
        Name = name;
        Kind = kind;
        Path = $"/{service}/{name}";
    }

    /// <summary>Gets the full name of the service: <c>spire.api.server.agent.v1.Agent</c>.</summary>
    public string Service { get; }

    /// <summary>Gets the name within the service: <c>AttestAgent</c>.</summary>
    public string Name { get; }

    /// <summary>Gets how many messages go each way.</summary>
    public MethodKind Kind { get; }

    /// <summary>Gets the path of the HTTP/2 request: <c>/spire.api.server.agent.v1.Agent/AttestAgent</c>.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public override string ToString() => Path;
}

/// <summary>A method with its message types.</summary>
/// <typeparam name="TRequest">What the client sends.</typeparam>
/// <typeparam name="TResponse">What the server sends.</typeparam>
public abstract class GrpcMethod<TRequest, TResponse> : GrpcMethod
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>, new()
{
    private protected GrpcMethod(string service, string name, MethodKind kind)
        : base(service, name, kind)
    {
    }

    internal MessageParser<TRequest> Requests { get; } = new(() => new TRequest());

    internal MessageParser<TResponse> Responses { get; } = new(() => new TResponse());
}

/// <summary>A method with one request and one response.</summary>
/// <inheritdoc/>
public sealed class UnaryMethod<TRequest, TResponse>(string service, string name)
    : GrpcMethod<TRequest, TResponse>(service, name, MethodKind.Unary)
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>, new();

/// <summary>A method with one request and any number of responses.</summary>
/// <inheritdoc/>
public sealed class ServerStreamMethod<TRequest, TResponse>(string service, string name)
    : GrpcMethod<TRequest, TResponse>(service, name, MethodKind.ServerStream)
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>, new();

/// <summary>A method with any number of requests and responses.</summary>
/// <inheritdoc/>
public sealed class DuplexMethod<TRequest, TResponse>(string service, string name)
    : GrpcMethod<TRequest, TResponse>(service, name, MethodKind.Duplex)
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>, new();
