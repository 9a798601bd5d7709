using System.Net;

namespace EmbeddedSpire.Agent.Connection;

/// <summary>Finds the addresses of a name.</summary>
/// <param name="host">The name.</param>
/// <param name="cancellationToken">Ends the search.</param>
/// <returns>Every address that it has.</returns>
/// <exception cref="System.Net.Sockets.SocketException">The name is not known, or nobody could be asked.</exception>
internal delegate Task<IReadOnlyList<IPAddress>> NameLookUp(string host, CancellationToken cancellationToken);

/// <summary>Where names are looked up.</summary>
internal static class NameLookUps
{
    /// <summary>Asks the system: its hosts file, then DNS.</summary>
    public static async Task<IReadOnlyList<IPAddress>> AskSystemAsync(string host, CancellationToken cancellationToken) =>
        await Dns.GetHostAddressesAsync(host, cancellationToken);
}
