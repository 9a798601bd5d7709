using System.Text.Json;
using Spire.Wire.Contracts.Types;
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

    /// <summary>Tells whether a failure is the stack's; all others are the harness' own.</summary>
    /// <param name="failure">The failure.</param>
    public static bool IsOfStack(Exception failure) => failure is GrpcException or WrongAnswerException;

    /// <summary>Returns the outcome of an operation that failed.</summary>
    /// <param name="failure">The failure; <see cref="IsOfStack"/>.</param>
    /// <exception cref="ArgumentException">It is the harness' own.</exception>
    public static Outcome Of(Exception failure) => failure switch
    {
        GrpcException { Code: StatusCode.DeadlineExceeded } => Outcome.Failed(Outcome.TimedOut, failure.Message),
        GrpcException refusal => Outcome.Failed(NameOf(refusal.Code), TextOf(refusal)),
        WrongAnswerException => Outcome.Failed(WrongAnswer, failure.Message),
        _ => throw new ArgumentException($"A {failure.GetType().Name} is no failure of the stack.", nameof(failure)),
    };

    /// <summary>Returns the outcome of an item that failed in a batch.</summary>
    /// <param name="status">The item's status.</param>
    public static Outcome Of(Status status) =>
        Outcome.Failed(NameOf((StatusCode)status.Code), $"{(StatusCode)status.Code}: {status.Message}");

    /// <summary>Returns what a failure says, with the reason that SPIRE adds for programs only.</summary>
    /// <param name="failure">The failure; <see cref="IsOfStack"/>.</param>
    public static string TextOf(Exception failure) => ReasonOf(failure) is { } reason
        ? $"{failure.Message} ({JsonNamingPolicy.SnakeCaseUpper.ConvertName(reason.ToString())})"
        : failure.Message;

    /// <summary>Returns why an agent was denied something; null when the failure is another one or the server did not say.</summary>
    /// <param name="failure">The failure.</param>
    public static PermissionDeniedDetails.Types.Reason? ReasonOf(Exception failure) =>
        failure is GrpcException { Code: StatusCode.PermissionDenied } denial && denial.Status.TryGetDetail<PermissionDeniedDetails>(out var details)
            ? details.Reason
            : null;

    // PermissionDenied → permission-denied, OK → ok.
    private static string NameOf(StatusCode code) => JsonNamingPolicy.KebabCaseLower.ConvertName(code.ToString());
}
