using System.Globalization;
using System.Net.Sockets;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;
using Validation.Environments.Network;

namespace Validation.Environments.Local.Impairing;

/// <summary>The way past the impairer: marked packets are routed into a cable at whose other end it listens and from which it sends them back.</summary>
/// <remarks>
/// Only packets whose lease runs are marked, so without a lease nothing is different. The far end of the cable lies in the
/// router's namespace too, but packets on it are addressed to nobody, and the kernel leaves those alone.
/// </remarks>
internal static class Detour
{
    /// <summary>The end of the cable where the impairer is.</summary>
    public const string Device = "impairer";

    private const string RouterDevice = "detour";
    private const string Mark = "0x1de", Routes = "478";
    private const string NextHop = "10.1.1.1", NobodysAddress = "02:00:00:00:01:ff";
    private static readonly string[] FiltersOfSources = ["all", "default"];

    /// <summary>Gets the hardware address of the router's end.</summary>
    public static byte[] RouterAddress { get; } = [2, 0, 0, 0, 1, 1];

    /// <summary>Gets what marks packets.</summary>
    public static NftScript Marking { get; } = new()
    {
        Table = "inet validation_detour",
        Hook = "prerouting",
        ToNode = StarAddresses.ToNode,
        Condition = $"iifname != \"{RouterDevice}\" ",
        Verdict = $"meta mark set {Mark} accept",
    };

    /// <summary>Lays the cable, in the place of one that an attempt before may have left.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task LayAsync(CancellationToken cancellationToken)
    {
        await RemoveAsync();
        foreach (var name in FiltersOfSources)
        {
            // What comes back has a node's address and comes from where no node is. A device begins with the default.
            await File.WriteAllTextAsync($"/proc/sys/net/ipv4/conf/{name}/rp_filter", "0", cancellationToken);
        }

        var address = string.Join(':', RouterAddress.Select(part => part.ToString("x2", CultureInfo.InvariantCulture)));
        await Tool.RunAsync(
            ["ip", "-batch", "-"],
            $"""
            link add {RouterDevice} address {address} type veth peer name {Device}
            link set {RouterDevice} addrgenmode none
            link set {Device} addrgenmode none
            link set {RouterDevice} up
            link set {Device} up
            addr add {StarAddresses.Router}/32 dev {RouterDevice}
            neigh add {NextHop} lladdr {NobodysAddress} dev {RouterDevice}
            route add default via {NextHop} dev {RouterDevice} onlink table {Routes}
            rule add fwmark {Mark} lookup {Routes}

            """,
            cancellationToken);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        Native.SendAsOnAWire(socket.SafeHandle, RouterDevice);
    }

    /// <summary>Says whether a line of what <c>ip</c> or <c>tc</c> writes is about the way past the impairer.</summary>
    /// <param name="line">The line.</param>
    public static bool IsPartOf(string line) => line.Split(' ') is var words
        && (words.Contains(RouterDevice) || words.Contains(Device) || words.Contains(Mark) || words.SkipWhile(word => word != "table").Take(2).Contains(Routes));

    /// <summary>Takes the cable away, as far as it is there.</summary>
    public static Task RemoveAsync() => Tool.TryRunAsync(
        ["ip", "-force", "-batch", "-"], $"rule delete fwmark {Mark} lookup {Routes}\nlink delete {RouterDevice}\n", Tool.DefaultLimit, CancellationToken.None);
}
