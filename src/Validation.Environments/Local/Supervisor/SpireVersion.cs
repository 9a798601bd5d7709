using System.Net;
using System.Text.RegularExpressions;

namespace Validation.Environments.Local.Supervisor;

/// <summary>Asks SPIRE which version it is: its metrics have one that says since when it runs, and as what.</summary>
internal static partial class SpireVersion
{
    /// <summary>Asks.</summary>
    /// <param name="address">The node's address.</param>
    /// <param name="port">The port of its metrics.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <returns>Null when there is no answer, or no version in it.</returns>
    public static async Task<string?> ReadAsync(IPAddress address, int port, CancellationToken cancellationToken) =>
        await new HttpProbe(address, port, "/metrics").ReadTextAsync(cancellationToken) is { } page && Started().Match(page) is { Success: true } found
            ? found.Groups[1].Value
            : null;

    [GeneratedRegex("""^spire_(?:server|agent)_started\{.*\bversion="([^"]+)".*\} 1""", RegexOptions.Multiline)]
    private static partial Regex Started();
}
