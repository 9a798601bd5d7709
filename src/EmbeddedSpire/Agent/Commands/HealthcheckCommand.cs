using EmbeddedSpire.Agent.Workloads;
using EmbeddedSpire.Configuration;
using Spire.Wire.Contracts.Health;
using Spire.Wire.Grpc;

namespace EmbeddedSpire.Agent.Commands;

/// <summary><c>agent healthcheck</c>: asks an agent over its socket.</summary>
internal static class HealthcheckCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Runs the command.</summary>
    /// <returns>0 when the agent is healthy, else 1.</returns>
    /// <exception cref="ConfigurationException">The arguments are wrong.</exception>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        var flags = new FlagSet("agent healthcheck")
            .Value("socketPath", $"Path of the SPIFFE Workload API's socket (default {AgentSettings.DefaultSocketPath})")
            .Switch("shallow", "Perform a less stringent health check")
            .Switch("verbose", "Print verbose information")
            .Parse(arguments);
        if (flags.WantsHelp)
        {
            output.WriteLine(flags.Usage);
            return 0;
        }

        if (flags.IsOn("verbose"))
        {
            output.WriteLine("Checking agent health...");
        }

        try
        {
            using var socket = new OwnSocket(flags.Get("socketPath") ?? AgentSettings.DefaultSocketPath, Limit, TimeProvider.System);
            var response = await socket.CheckAsync(cancellationToken);
            if (response.Status == HealthCheckResponse.Types.ServingStatus.Serving)
            {
                output.WriteLine("Agent is healthy.");
                return 0;
            }

            errors.WriteLine($"Agent is unhealthy: agent returned status \"{response.Status}\"");
        }
        catch (GrpcException failure)
        {
            if (flags.IsOn("verbose"))
            {
                errors.WriteLine($"Failed to check health: {failure.Message}");
            }

            errors.WriteLine("Agent is unhealthy: unable to determine health");
        }

        return 1;
    }
}
