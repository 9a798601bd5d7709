using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Spire.Wire.Contracts;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;
using Validation.TestKit.Recordings;

namespace Validation.Spire.Tests.Scripted;

/// <summary>Answers a call.</summary>
internal delegate Task Answer(Exchange exchange);

/// <summary>One call from its beginning to its end, as the script sees it. Messages are taken and given as bytes.</summary>
internal sealed class Exchange(
    SeenCall call, string requestType, MessageReader<Empty> requests, MessageWriter<Empty> responses, CancellationToken cancellationToken)
{
    private bool _isHalfClosed;

    public SeenCall Call => call;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Answers with what was recorded, byte by byte, and ends as it ended.</summary>
    public static Answer Of(RecordedCall recorded) => Of(
        [.. recorded.Messages.Where(line => !line.IsFromClient).Select(line => line.Content)],
        recorded.Failure is { Status: not (int)StatusCode.Canceled } failure ? StatusOf(failure) : GrpcStatus.OK);

    /// <summary>Answers with messages of our own choice.</summary>
    public static Answer Of(params IReadOnlyList<IMessage> messages) => Of(messages, GrpcStatus.OK);

    /// <summary>Refuses.</summary>
    public static Answer Of(GrpcStatus status) => Of([], status);

    public static GrpcStatus StatusOf(RecordedCall.Line failure) => new((StatusCode)failure.Status!.Value, failure.Message ?? string.Empty)
    {
        Details = failure.Details is { } details
            ? [.. ((global::Spire.Wire.Contracts.Rpc.Status)RecordedCall.Parse("google.rpc.Status", Convert.FromBase64String(details))).Details]
            : [],
    };

    /// <summary>Takes the next message; null when the client sends no more.</summary>
    public async Task<IMessage?> ReadAsync()
    {
        if (_isHalfClosed)
        {
            return null;
        }

        var raw = await requests.ReadAsync(cancellationToken);
        var message = raw is null ? null : RecordedCall.Parse(requestType, raw.ToByteArray());
        _isHalfClosed = message is null;
        call.Add(new CallStep(true, message));
        return message;
    }

    public async Task<T> ReadAsync<T>()
        where T : class, IMessage => (T?)await ReadAsync() ?? throw new GrpcException(StatusCode.InvalidArgument, "EOF");

    public async Task WriteAsync(IMessage message)
    {
        call.Add(new CallStep(false, message));
        await responses.WriteAsync(Empty.Parser.ParseFrom(message.ToByteArray()), cancellationToken);
    }

    private static Answer Of(IReadOnlyList<IMessage> messages, GrpcStatus status) => async exchange =>
    {
        await exchange.ReadAsync();
        if (exchange.Call.Method != AgentMethods.AttestAgent.Path)
        {
            await exchange.ReadAsync();
        }

        for (var i = 0; i < messages.Count; i++)
        {
            if (i > 0)
            {
                await exchange.ReadAsync();
            }

            await exchange.WriteAsync(messages[i]);
        }

        if (status.Code != StatusCode.OK)
        {
            // A refusal that follows a message answers what the client said to that.
            if (messages.Count > 0)
            {
                await exchange.ReadAsync();
            }

            throw new GrpcException(status);
        }
    };
}
