using System.Net;
using Validation.Environments.Local.Programs;
using Validation.Environments.Network;

namespace Validation.Environments.Local.Network;

/// <summary>
/// A routed star: each node has a network namespace, a block of addresses and one cable; at the other end of all cables is the
/// sandbox's own namespace, which forwards.
/// </summary>
internal sealed class StarNetwork : IAsyncDisposable
{
    private readonly Dictionary<string, NodeNamespace> _nodes;

    /// <summary>Drops packets where the router forwards them from any address of one node to any of another.</summary>
    public static NftScript Cuts { get; } = NftScript.Received with { Hook = "forward", ToNode = StarAddresses.ToNode };

    private StarNetwork(Dictionary<string, NodeNamespace> nodes) => _nodes = nodes;

    /// <summary>Lays the cables.</summary>
    /// <param name="nodes">The nodes and their addresses.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<StarNetwork> CreateAsync(
        IReadOnlyList<(string Name, IPAddress Address)> nodes, CancellationToken cancellationToken)
    {
        var star = new StarNetwork([]);
        try
        {
            await Tool.RunAsync(["ip", "-batch", "-"], string.Concat(nodes.Select(RouterSide)), cancellationToken);
            await Task.WhenAll(nodes.Select(node =>
                Tool.RunAsync(["ip", "-n", node.Name, "-batch", "-"], NodeSide(node.Address), cancellationToken)));
            foreach (var (name, address) in nodes)
            {
                star._nodes[name] = new NodeNamespace(name, address);
            }

            return star;
        }
        catch
        {
            await star.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns a node's namespace.</summary>
    /// <param name="node">The node's name.</param>
    public NodeNamespace Of(string node) => _nodes[node];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Values)
        {
            node.Dispose();
        }

        // A cable would go with its namespace, but at the kernel's leisure, and the next star needs its name.
        await Tool.TryRunAsync(
            ["ip", "-force", "-batch", "-"],
            string.Concat(_nodes.Values.Select(node => $"link delete {CableOf(node.Address)}\nnetns delete {node.Name}\n")),
            Tool.DefaultLimit,
            CancellationToken.None);
    }

    // The block lies behind the node's own address, so that the router has one neighbour more and not thousands.
    private static string RouterSide((string Name, IPAddress Address) node) =>
        $"""
        netns add {node.Name}
        link add {CableOf(node.Address)} type veth peer name eth0 netns {node.Name}
        addr add {StarAddresses.Router}/32 dev {CableOf(node.Address)}
        link set {CableOf(node.Address)} up
        route add {node.Address}/32 dev {CableOf(node.Address)}
        route add {StarAddresses.BlockOf(node.Address)} via {node.Address} dev {CableOf(node.Address)}

        """;

    private static string NodeSide(IPAddress address) =>
        $"""
        link set lo up
        link set eth0 up
        addr add {address}/32 dev eth0
        route add default via {StarAddresses.Router} dev eth0 onlink
        route add local {StarAddresses.BlockOf(address)} dev lo

        """;

    // Interface names hold 15 characters, too few for "v-load-balancer-1".
    private static string CableOf(IPAddress address) => $"node{StarAddresses.NumberOf(address)}";
}
