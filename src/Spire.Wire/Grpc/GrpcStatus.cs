using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Spire.Wire.Grpc;

/// <summary>How a call ended, and why.</summary>
/// <param name="Code">The code.</param>
/// <param name="Message">For people; texts change from release to release. Empty when there is nothing to say.</param>
public sealed record GrpcStatus(StatusCode Code, string Message)
{
    /// <summary>Gets the status of calls that succeeded.</summary>
    public static GrpcStatus OK { get; } = new(StatusCode.OK, string.Empty);

    /// <summary>Gets what programs can read of the reason, such as SPIRE's <c>PermissionDeniedDetails</c>.</summary>
    public IReadOnlyList<Any> Details { get; init; } = [];

    /// <summary>Finds a detail by its type.</summary>
    /// <typeparam name="T">The message type of the detail.</typeparam>
    /// <param name="detail">The first such detail.</param>
    public bool TryGetDetail<T>([NotNullWhen(true)] out T? detail)
        where T : class, IMessage, new()
    {
        foreach (var packed in Details)
        {
            if (packed.TryUnpack<T>(out var unpacked))
            {
                detail = unpacked;
                return true;
            }
        }

        detail = null;
        return false;
    }

    /// <summary>Returns this status with one more detail.</summary>
    /// <param name="detail">The detail.</param>
    public GrpcStatus WithDetail(IMessage detail) => this with { Details = [.. Details, Any.Pack(detail)] };

    /// <inheritdoc/>
    public override string ToString() => Message.Length == 0 ? Code.ToString() : $"{Code}: {Message}";
}
