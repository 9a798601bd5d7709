using System.Net;
using Validation.Core.Stacks;
using Validation.Environments.Local.Nodes;

namespace Validation.Environments.Tests.Local.Nodes;

public sealed class BalancerSocketTests
{
    private const string Statistics =
        """
        # pxname,svname,qcur,status,chkfail,chkdown,
        database,postgres-1,0,UP,0,1,
        spire-servers,spire-server-1,0,DOWN 1/2,3,12,
        spire-servers,BACKEND,0,UP,,0,
        """;

    [Theory]
    [InlineData("database", "postgres-1", true, 1)]
    [InlineData("spire-servers", "spire-server-1", false, 12)]
    public void Parse_ABackEnd_IsFoundByTheNamesOfTheColumns(string listener, string backEnd, bool isUp, long timesDown) =>
        BalancerSocket.Parse(Statistics, listener, backEnd).Should().Be(new BackEndState(isUp, timesDown));

    [Fact]
    public void Parse_NobodyOfThatName_SaysSo()
    {
        var parse = () => BalancerSocket.Parse(Statistics, "database", "postgres-3");

        parse.Should().Throw<HarnessException>().WithMessage("The load balancer has no back end database/postgres-3.");
    }

    [Fact]
    public void ParseSessions_SomeConnections_FindsWhereEachWasSent()
    {
        const string Sessions =
            """
            0x563a: proto=tcpv4 src=10.12.0.1:44322 fe=spire-servers be=spire-servers srv=spire-server-1 ts=00 epoch=0 age=0s
            0x563b: proto=tcpv4 src=10.12.0.1:44340 fe=spire-servers be=spire-servers srv=spire-server-3 ts=00 epoch=0 age=0s
            0x563c: proto=tcpv4 src=10.12.0.1:44341 fe=spire-servers be=spire-servers srv=<none> ts=00 epoch=0 age=0s
            0x563d: proto=unix_stream src=unix:1 fe=GLOBAL be=<NONE> srv=<none> ts=00 epoch=0 age=0s
            """;

        var found = BalancerSocket.ParseSessions(Sessions, [Client(44322), Client(44341), Client(1)]);

        found.Should().Equal("spire-server-1");
    }

    private static IPEndPoint Client(int port) => new(IPAddress.Parse("10.12.0.1"), port);
}
