using Spire.Wire.Contracts.AgentLogging;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;

namespace Spire.Wire.Contracts;

/// <summary>The agent's <c>Logger</c> service, on its administrative Unix socket.</summary>
public static class AgentLoggerMethods
{
    private const string Service = "spire.api.agent.logger.v1.Logger";

    /// <summary>Returns the log level.</summary>
    public static UnaryMethod<GetLoggerRequest, Logger> GetLogger { get; } = new(Service, nameof(GetLogger));

    /// <summary>Changes the log level.</summary>
    public static UnaryMethod<SetLogLevelRequest, Logger> SetLogLevel { get; } = new(Service, nameof(SetLogLevel));

    /// <summary>Returns to the configured log level.</summary>
    public static UnaryMethod<ResetLogLevelRequest, Logger> ResetLogLevel { get; } = new(Service, nameof(ResetLogLevel));
}
