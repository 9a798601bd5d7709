using Validation.Environments.Local.Database;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Tests.Local.Database;

public sealed class PoolSocketsTests
{
    [Theory]
    [InlineData(75, 75, 0)]
    [InlineData(80, 75, 5)]
    [InlineData(80, 20, 0)]
    [InlineData(3, 75, 0)]
    public void CountWaiting_SoManyClientsAndConnections_AreThoseBeyondAFullPool(int clients, int servers, int waiting)
    {
        string[] lines =
        [
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
            Line("00000000", Ports.Pooler, "00000000", 0, "0A"),
            .. Enumerable.Range(0, clients).Select(i => Line("0300000A", Ports.Pooler, "0500000A", 40_000 + i, "01")),
            .. Enumerable.Range(0, servers).Select(i => Line("0300000A", 50_000 + i, "0400000A", Ports.Postgres, "01")),
            Line("0300000A", Ports.Pooler, "0500000A", 60_000, "06"),
        ];

        PoolSockets.CountWaiting(lines, poolSize: 75).Should().Be(waiting);
    }

    private static string Line(string local, int localPort, string remote, int remotePort, string state) =>
        $"   0: {local}:{localPort:X4} {remote}:{remotePort:X4} {state} 00000000:00000000 00:00000000 00000000     0        0 52 1 0000000000000000 100 0 0 10 0";
}
