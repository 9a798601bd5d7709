using System.Net;

namespace Validation.Environments.Local.Network;

/// <summary>The addresses of the star. They exist only inside the sandbox and collide with nothing outside.</summary>
/// <remarks>
/// Node N has all of 10.N.0.0/16. Its own address is 10.N.0.1; with the others its programs look like many machines. Rules
/// know a node by its own address, and get there from any other by <see cref="ToNode"/>.
/// </remarks>
internal static class StarAddresses
{
    /// <summary>The network that all nodes are in, for access lists.</summary>
    public const string Network = "10.0.0.0/8";

    /// <summary>The largest number of nodes.</summary>
    public const int MostNodes = 250;

    /// <summary>What nft does with any address of a node to get the node's own.</summary>
    public const string ToNode = " & 255.255.0.0 | 0.0.0.1";

    private const int FirstNode = 2;

    // The node's own and the one before it are no others.
    private const int FirstOther = 2, Others = 0x10000 - FirstOther;

    /// <summary>Gets the router's address, which is every node's gateway.</summary>
    public static IPAddress Router { get; } = Address(1, 1);

    /// <summary>Returns the address of a node.</summary>
    /// <param name="index">Its place among the nodes, from 0.</param>
    public static IPAddress Of(int index) => index < MostNodes
        ? Address(FirstNode + index, 1)
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"A star has at most {MostNodes} nodes.");

    /// <summary>Returns another address of a node.</summary>
    /// <param name="node">The node's own.</param>
    /// <param name="number">Which, from 0. There are 65,534; after the last one comes the first again.</param>
    public static IPAddress Other(IPAddress node, uint number) => Address(NumberOf(node), FirstOther + (int)(number % Others));

    /// <summary>Returns the address of the node that an address belongs to.</summary>
    /// <param name="address">The address, as a number.</param>
    public static uint NodeOf(uint address) => (address & 0xFFFF0000) | 1;

    /// <summary>Returns all addresses of a node.</summary>
    /// <param name="node">The node's own.</param>
    public static IPNetwork BlockOf(IPAddress node) => new(Address(NumberOf(node), 0), 16);

    /// <summary>Returns the number that no other node has.</summary>
    /// <param name="node">The node's own address.</param>
    public static int NumberOf(IPAddress node) => node.GetAddressBytes()[1];

    private static IPAddress Address(int node, int host) => new([10, (byte)node, (byte)(host >> 8), (byte)host]);
}
