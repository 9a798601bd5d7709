using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace Spire.Wire.Grpc.Client;

/// <summary>A call whose answer is a stream. One reader at a time; disposing of a call that still runs cancels it.</summary>
/// <typeparam name="TResponse">What the server sends.</typeparam>
public abstract class StreamingCall<TResponse> : IAsyncDisposable
    where TResponse : class, IMessage<TResponse>, new()
{
    private readonly CallLife _life;
    private readonly Task<Response<TResponse>> _answer;

    private protected StreamingCall(CallLife life, Task<Response<TResponse>> answer) => (_life, _answer) = (life, answer);

    /// <summary>Gets what came with the status; empty before the stream has ended.</summary>
    public Metadata Trailers => _answer.IsCompletedSuccessfully ? _answer.Result.Trailers : Metadata.Empty;

    private protected CallLife Life => _life;

    /// <summary>Waits for the headers of the answer. Servers mostly send them together with the first message.</summary>
    /// <param name="cancellationToken">Ends the waiting and not the call.</param>
    /// <exception cref="GrpcException">The server cannot be reached, or does not speak gRPC, or the time is over.</exception>
    public async Task<Metadata> ReadHeadersAsync(CancellationToken cancellationToken) =>
        (await AnswerAsync(cancellationToken)).Headers;

    /// <summary>Waits for the next message.</summary>
    /// <param name="cancellationToken">Ends the waiting and not the call.</param>
    /// <returns>The message; null when the call ended with <see cref="StatusCode.OK"/>.</returns>
    /// <exception cref="GrpcException">The call ended with another status.</exception>
    /// <exception cref="OperationCanceledException">The waiting or the call was cancelled.</exception>
    public async ValueTask<TResponse?> ReadAsync(CancellationToken cancellationToken)
    {
        var answer = await AnswerAsync(cancellationToken);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_life.Token, cancellationToken);
        try
        {
            return await answer.ReadAsync(either.Token);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested || failure is GrpcException)
        {
            throw _life.Explain(failure);
        }
    }

    /// <summary>Reads messages until the call has ended.</summary>
    /// <param name="cancellationToken">Ends the waiting and not the call.</param>
    /// <exception cref="GrpcException">The call ended with a status other than <see cref="StatusCode.OK"/>.</exception>
    public async IAsyncEnumerable<TResponse> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await ReadAsync(cancellationToken) is { } message)
        {
            yield return message;
        }
    }

    /// <summary>Ends the call.</summary>
    public async ValueTask DisposeAsync()
    {
        _life.End();
        try
        {
            (await _answer).Dispose();
        }
        catch (Exception failure) when (failure is GrpcException or OperationCanceledException)
        {
            // There was no answer, and whoever wanted to know has read it.
        }

        await DisposeRequestAsync();
        _life.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected virtual ValueTask DisposeRequestAsync() => ValueTask.CompletedTask;

    private async ValueTask<Response<TResponse>> AnswerAsync(CancellationToken cancellationToken) =>
        _answer.IsCompletedSuccessfully ? _answer.Result : await _answer.WaitAsync(cancellationToken);
}
