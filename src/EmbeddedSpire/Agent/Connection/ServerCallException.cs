using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using static Spire.Wire.Contracts.Types.PermissionDeniedDetails.Types;

namespace EmbeddedSpire.Agent.Connection;

/// <summary>A call to the server failed.</summary>
internal sealed class ServerCallException : AgentException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="attempt">What failed, in SPIRE's words: <c>failed to fetch bundle</c>.</param>
    /// <param name="failure">How the call ended.</param>
    public ServerCallException(string attempt, GrpcException failure)
        : base($"{attempt}: {Describe(failure)}", failure)
    {
        Status = failure.Status;
        Reason = failure.Status.TryGetDetail<PermissionDeniedDetails>(out var details) && failure.Code == StatusCode.PermissionDenied
            ? details.Reason
            : null;
    }

    /// <summary>Gets how the call ended.</summary>
    public GrpcStatus Status { get; }

    /// <summary>Gets why the server refuses this agent; null when it did not, or did not say.</summary>
    public Reason? Reason { get; }

    /// <summary>Gets whether the agent has to attest again before it is served.</summary>
    public bool MustReattest => Reason is
        PermissionDeniedDetails.Types.Reason.AgentExpired
        or PermissionDeniedDetails.Types.Reason.AgentNotAttested
        or PermissionDeniedDetails.Types.Reason.AgentNotActive
        or PermissionDeniedDetails.Types.Reason.AgentMustReattest;

    /// <summary>Gets whether the agent is banned.</summary>
    public bool IsBanned => Reason is PermissionDeniedDetails.Types.Reason.AgentBanned;

    /// <summary>Writes a failure as Go does.</summary>
    public static string Describe(GrpcException failure) => $"rpc error: code = {failure.Code} desc = {failure.Status.Message}";
}
