using System.Security.Cryptography;
using EmbeddedSpire.Agent.Commands;
using EmbeddedSpire.Configuration;
using EmbeddedSpire.Logging;

namespace EmbeddedSpire.Agent;

/// <summary>The commands that begin with <c>agent</c>.</summary>
internal static class AgentCommand
{
    private const string Usage = """
        Usage:
          EmbeddedSpire agent run -config FILE [-joinToken TOKEN]      runs an agent with SPIRE's own configuration file
          EmbeddedSpire agent healthcheck [-socketPath SOCKET]         asks a running agent how it is
          EmbeddedSpire agent api fetch x509 [-socketPath SOCKET] [-write DIRECTORY]
                                                                       fetches X509-SVIDs as a workload does

        Every command has -help.
        """;

    /// <summary>Runs a command.</summary>
    /// <param name="arguments">What follows <c>agent</c>.</param>
    /// <param name="cancellationToken">Stops an agent that runs.</param>
    /// <returns>The exit code: 0 when all went well, else 1.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        try
        {
            string[] words = [.. arguments];
            switch (words)
            {
                case ["run", .. var rest]:
                    return await RunAgentAsync(rest, cancellationToken);
                case ["healthcheck", .. var rest]:
                    return await HealthcheckCommand.RunAsync(rest, Console.Out, Console.Error, cancellationToken);
                case ["api", "fetch", "x509", .. var rest]:
                    return await FetchX509Command.RunAsync(rest, Console.Out, Console.Error, cancellationToken);
                case ["--help" or "-help" or "-h" or "help"]:
                    Console.WriteLine(Usage);
                    return 0;
                default:
                    Console.Error.WriteLine(Usage);
                    return 1;
            }
        }
        catch (ConfigurationException error)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }

    private static async Task<int> RunAgentAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var flags = AgentSettingsReader.Flags().Parse(arguments);
        if (flags.WantsHelp)
        {
            Console.WriteLine(flags.Usage);
            return 0;
        }

        var settings = AgentSettingsReader.Read(flags);
        using var sink = LogSink.Open(settings.Log, TimeProvider.System);
        var log = new Logger(sink);
        try
        {
            var surroundings = new AgentSurroundings { Random = new Random(RandomNumberGenerator.GetInt32(int.MaxValue)) };
            await new AgentProcess(settings, surroundings, log).RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            log.Info("Agent stopped gracefully");
        }
        catch (AgentException error)
        {
            log.Error("Agent crashed", ("error", error.Message));
            return 1;
        }

        return 0;
    }
}
