using System.Buffers;
using Google.Protobuf;

namespace Spire.Wire.Grpc.Client;

/// <summary>A call with a stream of requests and a stream of responses. One writer and one reader at a time, independent of each other.</summary>
/// <typeparam name="TRequest">What the client sends.</typeparam>
/// <typeparam name="TResponse">What the server sends.</typeparam>
public sealed class DuplexCall<TRequest, TResponse> : StreamingCall<TResponse>
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>, new()
{
    private readonly RequestStreamContent _requests;
    private readonly Task _answer;

    internal DuplexCall(CallLife life, RequestStreamContent requests, Task<Response<TResponse>> answer)
        : base(life, answer)
    {
        _requests = requests;
        _answer = answer;
    }

    /// <summary>Sends a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Ends the call: half a message cannot be taken back.</param>
    /// <returns>False when the call is over already; <see cref="StreamingCall{TResponse}.ReadAsync"/> tells how it ended.</returns>
    public async ValueTask<bool> WriteAsync(TRequest message, CancellationToken cancellationToken)
    {
        // The request never gets a stream when the connection fails; then the answer tells why.
        if (!_requests.Opened.IsCompleted && await Task.WhenAny(_requests.Opened, _answer) != _requests.Opened)
        {
            return false;
        }

        var length = Frame.HeaderSize + message.CalculateSize();
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            using var giveUp = cancellationToken.UnsafeRegister(static life => ((CallLife)life!).End(), Life);
            Frame.Write(message, buffer.AsSpan(0, length));
            var stream = await _requests.Opened;
            await stream.WriteAsync(buffer.AsMemory(0, length), Life.Token);
            await stream.FlushAsync(Life.Token);
            return true;
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException or OperationCanceledException or ObjectDisposedException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Tells the server that no more requests follow.</summary>
    public void Complete() => _requests.Complete();

    private protected override ValueTask DisposeRequestAsync()
    {
        _requests.Complete();
        return ValueTask.CompletedTask;
    }
}
