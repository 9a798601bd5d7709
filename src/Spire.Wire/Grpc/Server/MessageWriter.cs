using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace Spire.Wire.Grpc.Server;

/// <summary>The responses of a call. One writer at a time.</summary>
/// <typeparam name="TResponse">What the server sends.</typeparam>
public sealed class MessageWriter<TResponse>
    where TResponse : class, IMessage<TResponse>, new()
{
    private readonly HttpResponse _http;
    private readonly ServerCall _call;

    internal MessageWriter(HttpResponse http, ServerCall call) => (_http, _call) = (http, call);

    /// <summary>Sends a response, and the headers before the first one.</summary>
    /// <param name="response">The response.</param>
    /// <param name="cancellationToken">Ends the waiting for a client that does not read.</param>
    /// <exception cref="OperationCanceledException">The client is gone.</exception>
    public async ValueTask WriteAsync(TResponse response, CancellationToken cancellationToken)
    {
        await BufferAsync(response, cancellationToken);
        var flushed = await _http.BodyWriter.FlushAsync(cancellationToken);
        if (flushed.IsCompleted || flushed.IsCanceled)
        {
            throw new ClientGoneException();
        }
    }

    /// <summary>Sends the headers now rather than with the first response.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async ValueTask WriteHeadersAsync(CancellationToken cancellationToken)
    {
        await StartAsync(cancellationToken);
        await _http.BodyWriter.FlushAsync(cancellationToken);
    }

    /// <summary>Writes a response that goes out together with the status.</summary>
    internal async ValueTask BufferAsync(TResponse response, CancellationToken cancellationToken)
    {
        await StartAsync(cancellationToken);
        var length = Frame.HeaderSize + response.CalculateSize();
        Frame.Write(response, _http.BodyWriter.GetSpan(length)[..length]);
        _http.BodyWriter.Advance(length);
    }

    private Task StartAsync(CancellationToken cancellationToken)
    {
        if (_http.HasStarted)
        {
            return Task.CompletedTask;
        }

        foreach (var (key, value) in _call.ResponseHeaders)
        {
            _http.Headers.Append(key, value);
        }

        return _http.StartAsync(cancellationToken);
    }
}
