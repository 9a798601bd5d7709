using System.Net;

namespace Validation.Core.Stacks;

/// <summary>A stack whose workload node has so many addresses that every virtual agent can have its own.</summary>
public interface ISourceAddresses
{
    /// <summary>Returns an address of the workload node. Faults of the node's links hit it too.</summary>
    /// <returns>Another one at each call; the first again when all were returned.</returns>
    IPAddress NextSourceAddress();

    /// <summary>Opens a TCP connection as <see cref="ISpireStack.DialAsync"/> does, from one of these addresses.</summary>
    /// <param name="source">The address.</param>
    /// <param name="endPoint">Where to.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    ValueTask<Stream> DialAsync(IPAddress source, IPEndPoint endPoint, CancellationToken cancellationToken);
}
