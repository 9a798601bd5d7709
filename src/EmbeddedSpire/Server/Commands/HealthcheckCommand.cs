using EmbeddedSpire.Configuration;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Health;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace EmbeddedSpire.Server.Commands;

/// <summary><c>server healthcheck</c>: asks a running server, which asks its database.</summary>
internal static class HealthcheckCommand
{
    /// <summary>Runs the command.</summary>
    /// <returns>0 when the server is healthy, 1 when it is not or cannot be reached.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var flags = new FlagSet("server healthcheck").WithSocket()
            .Switch("shallow", "Perform a less stringent health check")
            .Switch("verbose", "Print verbose information")
            .Parse(arguments);
        if (flags.WantsHelp)
        {
            Console.Error.Write(flags.Usage);
            return 0;
        }

        if (flags.IsOn("verbose"))
        {
            Console.WriteLine("Checking server health...");
        }

        using var channel = AdminChannel.Open(flags);
        try
        {
            var response = await channel.CallAsync(HealthMethods.Check, new HealthCheckRequest(), CallOptions.Within(AdminChannel.Patience), cancellationToken);
            if (response.Status == HealthCheckResponse.Types.ServingStatus.Serving)
            {
                Console.WriteLine("Server is healthy.");
                return 0;
            }

            Console.Error.WriteLine("Error: server is unhealthy: server returned status \"NOT_SERVING\"");
        }
        catch (GrpcException error)
        {
            Console.Error.WriteLine($"Error: server is unhealthy: unable to determine health: rpc error: code = {error.Code} desc = {error.Status.Message}");
        }

        return 1;
    }
}
