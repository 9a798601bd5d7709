using Validation.Core.Faults;
using Validation.Core.Stacks;

namespace Validation.Faults.Tests;

public sealed class RejectTests : LinkFaultTest
{
    private protected override IFaultInjector Fault { get; } = new Reject();

    protected override (string Name, string Text)[] Own => [];

    [Fact]
    public async Task Reject_ByDefault_IsAboutConnectionsThatTheTargetsOpen()
    {
        await InjectAsync();

        Done.Packets.Should().Be(TcpPackets.Opening);
        Done.Traffic.Should().Equal(new Traffic(new Link(Stack.Servers[0], Stack.Pooler)));
    }
}
