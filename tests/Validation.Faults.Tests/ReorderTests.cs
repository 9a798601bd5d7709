using Validation.Core.Faults;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public sealed class ReorderTests : LinkFaultTest
{
    private protected override IFaultInjector Fault { get; } = new Reorder();

    protected override (string Name, string Text)[] Own => [("share", "5%")];

    [Theory]
    [InlineData("1%")]
    [InlineData("20%")]
    public async Task Reorder_AnotherShareThanOrdered_IsNotProven(string share)
    {
        var injection = await InjectAsync(("share", share));
        Stack.Impairments[0] = new FakeImpairment(Done.Traffic, new Impairment { Reordering = 0.05 }, null);

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public async Task Reorder_OfOnePercent_IsProvenByAThousandDatagrams()
    {
        var injection = await InjectAsync(("share", "1%"));

        (await injection.ProveHeldAsync(CancellationToken.None)).Statement.Should().Contain("10 of 1000 datagrams").And.Contain("(0.4 % to 2.1 %)");
    }
}
