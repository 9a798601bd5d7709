using EmbeddedSpire.Configuration;
using EmbeddedSpire.Server.Commands;

namespace EmbeddedSpire.Server;

/// <summary>The commands that begin with <c>server</c>.</summary>
internal static class ServerCommand
{
    private const string Usage = """
        Usage: EmbeddedSpire server <command>

        Commands:
          run          runs a server (-config FILE)
          healthcheck  tells whether a running server is healthy (-socketPath PATH)
          bundle show  prints the bundle of a running server (-socketPath PATH, -format pem|spiffe)

        'EmbeddedSpire server <command> --help' lists the flags.
        """;

    /// <summary>Runs a command.</summary>
    /// <param name="arguments">What follows after <c>server</c>.</param>
    /// <param name="cancellationToken">Ends the command; a running server stops gracefully.</param>
    /// <returns>The exit code: 0 for success.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        try
        {
            switch (arguments)
            {
                case ["run", ..]:
                    return await RunCommand.RunAsync([.. arguments.Skip(1)], cancellationToken);
                case ["healthcheck", ..]:
                    return await HealthcheckCommand.RunAsync([.. arguments.Skip(1)], cancellationToken);
                case ["bundle", "show", ..]:
                    return await BundleShowCommand.RunAsync([.. arguments.Skip(2)], cancellationToken);
                case ["--version" or "-version"]:
                    Console.WriteLine(Release.Embedded);
                    return 0;
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
            await Console.Error.WriteLineAsync(error.Message);
            return 1;
        }
    }
}
