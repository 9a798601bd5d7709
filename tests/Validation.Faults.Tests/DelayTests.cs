using Validation.Core.Faults;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Faults.Tests;

public sealed class DelayTests : LinkFaultTest
{
    private protected override IFaultInjector Fault { get; } = new Delay();

    protected override (string Name, string Text)[] Own => [("by", "50ms"), ("jitter", "10ms")];

    [Fact]
    public async Task Delay_BothWays_DelaysEachDirectionAndTellsTheSeed()
    {
        await InjectAsync();

        Done.What.Should().BeEquivalentTo(new { Delay = TimeSpan.FromMilliseconds(50), Jitter = TimeSpan.FromMilliseconds(10), Loss = 0.0 });
        Done.Traffic.Select(traffic => traffic.ToString()).Should().Equal("spire-server-1 → pooler-1", "pooler-1 → spire-server-1");
    }

    [Theory]
    [InlineData("30ms", "0ms")]
    [InlineData("70ms", "0ms")]
    [InlineData("50ms", "20ms")]
    public async Task Delay_AnotherThanOrdered_IsNotProven(string by, string jitter)
    {
        var injection = await InjectAsync(("by", by), ("jitter", jitter));
        Stack.Impairments[0] = new FakeImpairment(Done.Traffic, new Impairment { Delay = TimeSpan.FromMilliseconds(50) }, null);

        (await injection.ProveHeldAsync(CancellationToken.None)).State.Should().Be(ProofState.NotYet);
    }

    [Fact]
    public void Delay_JitterBeyondIt_IsObjectedTo()
    {
        Fault.Kind.Objection(Spec(Fault, ("by", "5ms"), ("jitter", "6ms")), Shape).Should().Contain("jitter");
        Fault.Kind.Objection(Spec(Fault, ("by", "5ms"), ("jitter", "5ms")), Shape).Should().BeNull();
    }

    private static StackShape Shape => new([], new HashSet<Type>());
}
