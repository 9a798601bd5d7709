using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public sealed class ResetTests : LinkFaultTest
{
    private protected override IFaultInjector Fault { get; } = new Reset();

    protected override (string Name, string Text)[] Own => [];

    [Fact]
    public async Task Reset_OfConnectionsOneWay_TellsBothEnds()
    {
        await InjectAsync();

        Done.Packets.Should().Be(TcpPackets.Open);
        Done.Traffic.Select(traffic => traffic.ToString()).Should().Equal("spire-server-1 → pooler-1", "pooler-1 → spire-server-1");
    }
}
