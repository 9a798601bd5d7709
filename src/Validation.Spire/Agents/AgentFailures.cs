using System.Text.Json;
using Spire.Wire.Grpc;
using Validation.Core.Loads;
using Validation.Spire.Access;
using static Spire.Wire.Contracts.Types.PermissionDeniedDetails.Types;

namespace Validation.Spire.Agents;

/// <summary>What went wrong in an agent's life as outcomes: why a server denies an agent something is a class of its own.</summary>
internal static class AgentFailures
{
    /// <summary>The class of what banned agents meet.</summary>
    public static readonly string Banned = NameOf(Reason.AgentBanned);

    /// <summary>Returns the outcome of an operation that failed.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="cancellationToken">Cancelled when the operation's time was over.</param>
    public static Outcome Of(Exception failure, CancellationToken cancellationToken) => failure switch
    {
        OperationCanceledException when cancellationToken.IsCancellationRequested => Outcome.Failed(Outcome.TimedOut),
        _ when Failures.ReasonOf(failure) is { } reason => Outcome.Failed(NameOf(reason), Failures.TextOf(failure)),

        // AttestAgent says it in words alone.
        GrpcException { Code: StatusCode.PermissionDenied } denial when denial.Status.Message.Contains("agent is banned", StringComparison.Ordinal) =>
            Outcome.Failed(Banned, denial.Message),
        _ when Failures.IsOfStack(failure) => Failures.Of(failure),
        _ => Outcome.Failed(Outcome.DriverError, $"{failure.GetType().Name}: {failure.Message}"),
    };

    /// <summary>Tells whether the agent attests again because of a failure, in place and at once.</summary>
    /// <param name="failure">The class of the failure.</param>
    public static bool MustAttest(string? failure) => AttestAgain.Contains(failure);

    private static readonly HashSet<string?> AttestAgain =
        [NameOf(Reason.AgentExpired), NameOf(Reason.AgentNotAttested), NameOf(Reason.AgentNotActive), NameOf(Reason.AgentMustReattest)];

    // AgentNotActive → agent-not-active
    private static string NameOf(Reason reason) => JsonNamingPolicy.KebabCaseLower.ConvertName(reason.ToString());
}
