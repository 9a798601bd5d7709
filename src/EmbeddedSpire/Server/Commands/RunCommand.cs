using EmbeddedSpire.Logging;
using EmbeddedSpire.Server.Storage;

namespace EmbeddedSpire.Server.Commands;

/// <summary><c>server run</c>: runs a server until it is told to stop.</summary>
internal static class RunCommand
{
    /// <summary>Runs the command.</summary>
    /// <returns>0 when the server was told to stop, 1 when it could not start or broke.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var flags = ServerSettingsReader.Flags().Parse(arguments);
        if (flags.WantsHelp)
        {
            Console.Error.Write(flags.Usage);
            return 0;
        }

        var settings = ServerSettingsReader.Read(flags);
        using var sink = LogSink.Open(settings.Log, TimeProvider.System);
        var log = new Logger(sink);
        try
        {
            await using var server = new SpireServer(settings, sink, TimeProvider.System);
            await server.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Told to stop before it had started.
        }
        catch (Exception error)
        {
            // What is expected to go wrong is told in a sentence; anything else is a mistake of ours, and its trace is needed.
            var isExpected = error is DatastoreException or IOException or UnauthorizedAccessException;
            log.Error("Fatal run error", ("error", isExpected ? error.Message : error));
            log.Error("Server crashed", ("error", error.Message));
            return 1;
        }

        log.Info("Server stopped gracefully");
        return 0;
    }
}
