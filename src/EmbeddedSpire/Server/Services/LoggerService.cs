using EmbeddedSpire.Logging;
using EmbeddedSpire.Server.Calls;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Logging;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;
using ApiLogger = Spire.Wire.Contracts.Types.Logger;
using ApiLogLevel = Spire.Wire.Contracts.Types.LogLevel;

namespace EmbeddedSpire.Server.Services;

/// <summary>Lets administrators change how much is logged while the server runs.</summary>
internal sealed class LoggerService
{
    private readonly LogSink _sink;
    private readonly Logger _log;

    /// <summary>Creates the service.</summary>
    public LoggerService(LogSink sink, Logger log)
    {
        _sink = sink;
        _log = log;
    }

    /// <summary>Adds its methods.</summary>
    public void Map(GrpcHandlers handlers)
    {
        handlers.Map(LoggerMethods.GetLogger, (_, _, _) => Task.FromResult(State()));
        handlers.Map(LoggerMethods.SetLogLevel, SetLevelAsync);
        handlers.Map(LoggerMethods.ResetLogLevel, (_, _, _) =>
        {
            _sink.Level = _sink.LaunchLevel;
            return Task.FromResult(State());
        });
    }

    private Task<ApiLogger> SetLevelAsync(SetLogLevelRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        if (request.NewLevel == ApiLogLevel.Unspecified)
        {
            throw Refusal.Call(_log.For(call), StatusCode.InvalidArgument, "newLevel value cannot be LogLevel_UNSPECIFIED");
        }

        if (!Enum.IsDefined(request.NewLevel))
        {
            throw Refusal.Call(_log.For(call), StatusCode.InvalidArgument, "unsupported log level");
        }

        _log.For(call).Info("SetLogLevel Called", ("new_log_level", (LogLevel)request.NewLevel));
        _sink.Level = (LogLevel)request.NewLevel;
        return Task.FromResult(State());
    }

    private ApiLogger State() => new() { CurrentLevel = (ApiLogLevel)_sink.Level, LaunchLevel = (ApiLogLevel)_sink.LaunchLevel };
}
