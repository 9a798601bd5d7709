using System.Net;

namespace Validation.Environments.Local.Network;

/// <summary>The addresses of the star. They exist only inside the sandbox and collide with nothing outside.</summary>
internal static class StarAddresses
{
    /// <summary>The network that all nodes are in, for access lists.</summary>
    public const string Network = "10.77.0.0/24";

    /// <summary>The largest number of nodes.</summary>
    public const int MostNodes = 250;

    private const int FirstNode = 2;

    /// <summary>Gets the router's address, which is every node's gateway.</summary>
    public static IPAddress Router { get; } = Address(1);

    /// <summary>Returns the address of a node.</summary>
    /// <param name="index">Its place among the nodes, from 0.</param>
    public static IPAddress Of(int index) => index < MostNodes
        ? Address(FirstNode + index)
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"A star has at most {MostNodes} nodes.");

    private static IPAddress Address(int last) => new([10, 77, 0, (byte)last]);
}
