using System.Net;
using Validation.Environments.Local.Network;

namespace Validation.Environments.Tests.Local.Network;

public class OpenConnectionsTests
{
    [Fact]
    public void Parse_AListener_AnAcceptedAndAnOpenedConnection_GivesTheAcceptedOne()
    {
        string[] lines =
        [
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
            "   0: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 100 1 0000000000000000 100 0 0 10 0",
            "   1: 0400C90A:1F91 0B00C90A:D431 01 00000000:00000000 00:00000000 00000000     0        0 2345 1 0000000000000000 20 4 30 10 -1",
            "   2: 0400C90A:9C40 0500C90A:1F91 01 00000000:00000000 00:00000000 00000000     0        0 2346 1 0000000000000000 20 4 30 10 -1",
        ];

        OpenConnections.Parse(lines, 8081).Should().Equal((new IPEndPoint(IPAddress.Parse("10.201.0.11"), 54321), "2345"));
    }
}
