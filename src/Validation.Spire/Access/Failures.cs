using System.Text.Json;
using Spire.Wire.Grpc;
using Validation.Core.Loads;

namespace Validation.Spire.Access;

/// <summary>Turns what went wrong on the wire into outcomes of operations.</summary>
internal static class Failures
{
    /// <summary>The class of answers whose SVID does not verify.</summary>
    public const string DoesNotVerify = "svid-does-not-verify";

    /// <summary>The class of answers that are well formed and not what was asked for.</summary>
    public const string WrongAnswer = "wrong-answer";

    /// <summary>Returns the outcome of a call that failed.</summary>
    /// <param name="failure">The failure.</param>
    public static Outcome Of(GrpcException failure) => failure.Code == StatusCode.DeadlineExceeded
        ? Outcome.Failed(Outcome.TimedOut, failure.Message)
        : Outcome.Failed(NameOf(failure.Code), failure.Message);

    /// <summary>Returns the outcome of an item that failed in a batch.</summary>
    /// <param name="status">The item's status.</param>
    public static Outcome Of(global::Spire.Wire.Contracts.Types.Status status) =>
        Outcome.Failed(NameOf((StatusCode)status.Code), $"{(StatusCode)status.Code}: {status.Message}");

    // PermissionDenied → permission-denied, OK → ok.
    private static string NameOf(StatusCode code) => JsonNamingPolicy.KebabCaseLower.ConvertName(code.ToString());
}
