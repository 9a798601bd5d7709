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
}
