using System.Net;

namespace Validation.Core.Stacks;

/// <summary>A stack in which the TCP connections of a node can be seen and broken off.</summary>
public interface IConnectionControl
{
    /// <summary>Returns who is connected to a port of a node right now.</summary>
    /// <param name="node">The node.</param>
    /// <param name="port">The port.</param>
    /// <returns>The other ends. No two connections to the port have the same one at once.</returns>
    IReadOnlyList<IPEndPoint> ReadClients(INode node, int port);

    /// <summary>Resets every connection to a port of a node at once; new ones are taken as before.</summary>
    /// <param name="node">The node.</param>
    /// <param name="port">The port.</param>
    /// <exception cref="HarnessException">The kernel does not allow it.</exception>
    void ResetClients(INode node, int port);
}
