using Google.Protobuf;
using Google.Protobuf.Reflection;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Validation.Spire.Tests.Scripted;
using Validation.TestKit.Recordings;

namespace Validation.Spire.Tests.Conformance;

/// <summary>Every way in which real servers and agents were recorded to refuse, and what a driver has to make of it.</summary>
internal static class Refusals
{
    private static readonly Dictionary<int, string> Classes = new()
    {
        [2] = "unknown",
        [3] = "invalid-argument",
        [5] = "not-found",
        [6] = "already-exists",
        [7] = "permission-denied",
        [8] = "resource-exhausted",
        [9] = "failed-precondition",
        [12] = "unimplemented",
        [13] = "internal",
        [14] = "unavailable",
    };

    /// <summary>Gets how calls were refused. 1 means that the recording client had seen enough.</summary>
    public static IReadOnlyList<Refusal> OfCalls { get; } =
    [
        .. Recorded.All.Concat(RecordedCall.Read("21"))
            .Where(call => call.Failure is { Status: not 1 })
            .Select(call => new Refusal(call.Name, Exchange.StatusOf(call.Failure!), Classes[call.Failure!.Status!.Value])),
    ];

    /// <summary>Gets how items of a batch were refused.</summary>
    /// <param name="method">The method of the batch.</param>
    public static IReadOnlyList<RefusedItem> OfItems(GrpcMethod method) =>
        [.. Recorded.All.Where(call => call.Method == method.Path).SelectMany(ItemsIn)];

    /// <summary>Returns the items of a call that were refused; none when it was no batch.</summary>
    public static IEnumerable<RefusedItem> ItemsIn(RecordedCall call) =>
        from answer in call.Messages.Where(line => !line.IsFromClient).Select(line => line.Content)
        where answer.Descriptor.FindFieldByName("results") is not null
        from item in ((System.Collections.IEnumerable)Field(answer, "results")!).Cast<IMessage>()
        let status = Field(item, "status") as Status
        where status is { Code: not 0 }
        select new RefusedItem(call.Name, item, status, Classes[status.Code]);

    /// <summary>Returns an answer whose only result is the one given.</summary>
    public static IMessage Alone<TResponse>(IMessage item)
        where TResponse : IMessage, new()
    {
        var response = new TResponse();
        ((System.Collections.IList)Field(response, "results")!).Add(item);
        return response;
    }

    private static object? Field(IMessage message, string name) => message.Descriptor.FindFieldByName(name).Accessor.GetValue(message);
}

/// <summary>How a call was refused.</summary>
internal sealed record Refusal(string Call, GrpcStatus Status, string Class)
{
    /// <summary>Gets the reason that came for programs, as SPIRE's contract writes it; null when there was none.</summary>
    public string? Reason => Status.TryGetDetail<PermissionDeniedDetails>(out var details)
        ? PermissionDeniedDetails.Descriptor.FindDescriptor<EnumDescriptor>("Reason").FindValueByNumber((int)details.Reason).Name
        : null;
}

/// <summary>How an item of a batch was refused.</summary>
internal sealed record RefusedItem(string Call, IMessage Item, Status Status, string Class);
