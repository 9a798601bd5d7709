using System.Security.Cryptography;

namespace Validation.Environments.Local.Nodes;

/// <summary>The authorities by which a new agent knows the servers.</summary>
/// <remarks>
/// Each server has an authority of its own, which it adds to the shared bundle when it first starts. An agent with an
/// older bundle cannot tell a newer server from an impostor, so all servers start first.
/// </remarks>
internal static class BootstrapBundle
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Reads the bundle from a server once it holds an authority for each server.</summary>
    /// <param name="source">How to read it.</param>
    /// <param name="adminSocket">The server's private socket.</param>
    /// <param name="servers">The number of servers.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The authorities as PEM.</returns>
    /// <exception cref="HarnessException">The bundle did not get complete.</exception>
    public static async Task<string> ReadPemAsync(
        IBundleSource source, string adminSocket, int servers, TimeProvider time, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        while (true)
        {
            var authorities = await source.ReadAuthoritiesAsync(adminSocket, cancellationToken);
            if (authorities.Count >= servers)
            {
                return string.Concat(authorities.Select(der => PemEncoding.WriteString("CERTIFICATE", der) + "\n"));
            }

            if (time.GetElapsedTime(begun) > Limit)
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed,
                    $"{adminSocket}: the bundle holds {authorities.Count} authorities after {Duration.Format(Limit)}; "
                    + $"each of the {servers} servers should have added one.");
            }

            await Task.Delay(Interval, time, cancellationToken);
        }
    }
}
