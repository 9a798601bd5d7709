using Google.Protobuf;

namespace Spire.Wire.Grpc.Client.Lean;

/// <summary>A call on a <see cref="GrpcConnection"/>. One writer and one reader at a time. Disposing of one that is not over cancels it.</summary>
/// <typeparam name="TRequest">What the client sends.</typeparam>
/// <typeparam name="TResponse">What the server sends.</typeparam>
public sealed class ConnectionCall<TRequest, TResponse> : IAsyncDisposable
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>, new()
{
    private readonly GrpcConnection _connection;
    private readonly string _path;
    private readonly CallOptions _options;
    private readonly CallStream<TResponse> _stream;

    internal ConnectionCall(GrpcConnection connection, string path, MessageParser<TResponse> parser, CallOptions options)
    {
        (_connection, _path, _options) = (connection, path, options);
        _stream = new CallStream<TResponse>(parser, connection.MaxMessageSize, isUnary: false);
    }

    /// <summary>Sends a message. That it was sent does not mean that it arrived: a connection that breaks is known from reading.</summary>
    /// <param name="message">The message.</param>
    /// <param name="isLast">Whether no more follow.</param>
    /// <param name="cancellationToken">Ends the waiting for a server that takes nothing; the call has to be disposed of then.</param>
    /// <exception cref="GrpcException">The connection broke.</exception>
    public ValueTask WriteAsync(TRequest message, bool isLast, CancellationToken cancellationToken) =>
        _connection.SendAsync(_stream, _path, _options, message, isLast, cancellationToken);

    /// <summary>Waits for the next message.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Null when the call ended with <see cref="StatusCode.OK"/>.</returns>
    /// <exception cref="GrpcException">It ended with another status, or the connection broke.</exception>
    public ValueTask<TResponse?> ReadAsync(CancellationToken cancellationToken) => _stream.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _connection.Leave(_stream);
        return ValueTask.CompletedTask;
    }
}
