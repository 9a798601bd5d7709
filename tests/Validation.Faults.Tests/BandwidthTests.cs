using Validation.Core.Faults;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public sealed class BandwidthTests : LinkFaultTest
{
    private protected override IFaultInjector Fault { get; } = new Bandwidth();

    protected override (string Name, string Text)[] Own => [("rate", "10Mbit/s")];

    [Theory]
    [InlineData("8Mbit/s")]
    [InlineData("12Mbit/s")]
    public async Task Bandwidth_AnotherThanOrdered_IsNotProven(string rate)
    {
        var injection = await InjectAsync(("rate", rate));
        Stack.Impairments[0] = new FakeImpairment(Done.Traffic, new Impairment { Bandwidth = new Core.BitRate(10e6) }, null);

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Theory]
    [InlineData("128kbit/s", "50ms")]
    [InlineData("100Mbit/s", "5s")]
    public async Task Bandwidth_AtItsLimits_IsProven(string rate, string queue)
    {
        var injection = await InjectAsync(("rate", rate), ("queue", queue));

        (await injection.ProveHeldAsync(CancellationToken.None)).Statement.Should().Contain($" {rate} (");
    }
}
