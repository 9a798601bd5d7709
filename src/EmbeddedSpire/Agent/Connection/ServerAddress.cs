using System.Net;

namespace EmbeddedSpire.Agent.Connection;

/// <summary>Where the servers are: one name or address for all of them, and a port.</summary>
/// <param name="Host">A DNS name or an IP address.</param>
/// <param name="Port">The port.</param>
internal sealed record ServerAddress(string Host, int Port)
{
    /// <summary>Gets what requests call the server.</summary>
    public string Authority => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>Gets whether the host is an address, which needs no look-up; and which.</summary>
    /// <param name="address">The address.</param>
    public bool IsLiteral(out IPAddress? address) => IPAddress.TryParse(Host, out address);
}
