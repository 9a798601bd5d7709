using System.Globalization;
using Google.Protobuf;

namespace Spire.Wire.Grpc;

/// <summary>A status as the headers that end a call.</summary>
internal static class StatusHeaders
{
    public const string Code = "grpc-status";
    public const string Message = "grpc-message";
    public const string Details = "grpc-status-details-bin";

    /// <summary>Lists the headers for a status.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Format(GrpcStatus status)
    {
        yield return new(Code, ((int)status.Code).ToString(CultureInfo.InvariantCulture));
        if (status.Message.Length > 0)
        {
            yield return new(Message, PercentEncoding.Encode(status.Message));
        }

        if (status.Details.Count > 0)
        {
            var packed = new Contracts.Rpc.Status { Code = (int)status.Code, Message = status.Message, Details = { status.Details } };
            yield return new(Details, BinaryHeader.Encode(packed.ToByteArray()));
        }
    }

    /// <summary>Reads a status.</summary>
    /// <param name="code">The value of <see cref="Code"/>.</param>
    /// <param name="message">The value of <see cref="Message"/>, if it is there.</param>
    /// <param name="details">The value of <see cref="Details"/>, if it is there. One that cannot be read is ignored.</param>
    public static GrpcStatus Parse(string code, string? message, string? details)
    {
        if (code == "0")
        {
            return GrpcStatus.OK;
        }

        if (!int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return new GrpcStatus(StatusCode.Unknown, $"The server sent '{code}' as {Code}, which is not a number.");
        }

        var text = PercentEncoding.Decode(message ?? string.Empty);
        return new GrpcStatus(Enum.IsDefined((StatusCode)number) ? (StatusCode)number : StatusCode.Unknown, text)
        {
            Details = details is null ? [] : ParseDetails(details),
        };
    }

    private static IReadOnlyList<Google.Protobuf.WellKnownTypes.Any> ParseDetails(string details)
    {
        try
        {
            return BinaryHeader.TryDecode(details, out var bytes) ? Contracts.Rpc.Status.Parser.ParseFrom(bytes).Details : [];
        }
        catch (InvalidProtocolBufferException)
        {
            return [];
        }
    }
}
