using Validation.Core.Running;

namespace Validation.Core.Tests.Running;

public sealed class FaultJournalTests
{
    private static readonly Fact Begun = new FaultInjecting("a/kill", new Dictionary<string, IReadOnlyList<string>> { ["target"] = ["spire-server-1"] });
    private static readonly Fact InForce = new FaultInjected("a/kill", "Gone.");

    [Fact]
    public void Open_TheRunWasKilledBeforeAnythingWasProven_HasTheFault() => Open(Begun).Should().Equal("a/kill");

    [Fact]
    public void Open_TheRunWasKilledWhileItWasInForce_HasTheFault() => Open(Begun, InForce).Should().Equal("a/kill");

    [Fact]
    public void Open_TheRunWasKilledWhileItHealed_HasTheFault() => Open(Begun, InForce, new FaultHealing("a/kill", "Still gone.")).Should().Equal("a/kill");

    [Fact]
    public void Open_ItWasSeenToBeOver_HasNone() => Open(Begun, InForce, new FaultHealed("a/kill", "Back.")).Should().BeEmpty();

    [Fact]
    public void Open_ItWasTakenBackEarly_HasNone() => Open(Begun, InForce, new FaultCancelled("a/kill")).Should().BeEmpty();

    [Fact]
    public void Open_ItCouldNotBeInjectedAndTheRunEnded_HasNone() =>
        Open(Begun, new FaultNotProven("a/kill", "injected", "No primary."), new RunEnded()).Should().BeEmpty();

    [Fact]
    public void Open_ItCouldNotBeShownToBeOver_HasTheFaultAlthoughTheRunEnded() =>
        Open(Begun, InForce, new FaultNotProven("a/kill", FaultNotProven.AtItsEnd, "Still down."), new RunEnded()).Should().Equal("a/kill");

    private static IEnumerable<string> Open(params Fact[] facts) =>
        FaultJournal.Open([.. facts.Select((fact, i) => new RunEvent(TimeSpan.FromSeconds(i), fact))]).Select(open => open.Fault.Fault);
}
