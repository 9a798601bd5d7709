using Validation.Core.Faults;

namespace Validation.Faults.Tests;

public sealed class SlowCloseTests : LinkFaultTest
{
    private protected override IFaultInjector Fault { get; } = new SlowClose();

    protected override (string Name, string Text)[] Own => [("by", "200ms")];

    [Fact]
    public async Task Close_AsOrdered_IsLaterAndNothingElseIs()
    {
        var injection = await InjectAsync();

        (await injection.ProveInjectedAsync(CancellationToken.None)).Statement.Should().Contain("a close is seen 200ms later");
        Done.What.ClosingOnly.Should().BeTrue();
        Done.What.Delay.Should().Be(TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public async Task Close_TooLate_IsNotProven()
    {
        var injection = await InjectAsync();
        await Stack.ImpairAsync(Done.Traffic, new() { ClosingOnly = true, Delay = TimeSpan.FromMilliseconds(300) }, CancellationToken.None);
        await Stack.Impairments[0].HealAsync(CancellationToken.None);

        (await injection.ProveInjectedAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }
}
