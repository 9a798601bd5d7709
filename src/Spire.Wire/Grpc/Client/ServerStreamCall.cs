using Google.Protobuf;

namespace Spire.Wire.Grpc.Client;

/// <summary>A call with one request and a stream of responses.</summary>
/// <inheritdoc/>
public sealed class ServerStreamCall<TResponse> : StreamingCall<TResponse>
    where TResponse : class, IMessage<TResponse>, new()
{
    internal ServerStreamCall(CallLife life, Task<Response<TResponse>> answer)
        : base(life, answer)
    {
    }
}
