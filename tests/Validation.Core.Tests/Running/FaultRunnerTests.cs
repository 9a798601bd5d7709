using Validation.Core.Faults;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.TestKit;

namespace Validation.Core.Tests.Running;

public class FaultRunnerTests
{
    private readonly ManualClock _clock = new();
    private readonly FakeStack _stack = new();
    private readonly ScriptedFault _fault = new();
    private readonly EventList _events;

    public FaultRunnerTests() => _events = new EventList(_clock);

    [Fact]
    public async Task RunAsync_EverythingIsProven_RecordsTheWholeLife()
    {
        await RunAsync();

        _events.Facts.Select(fact => fact.GetType()).Should().Equal(
            typeof(FaultInjecting), typeof(FaultBegun), typeof(FaultInjected), typeof(FaultHealing), typeof(FaultHealed));
        _fault.Heals.Should().Be(1);
    }

    [Fact]
    public async Task RunAsync_ALengthOfFiveSeconds_IsCountedFromTheProof()
    {
        await RunAsync();

        var injected = _events.Events.Single(happened => happened.Fact is FaultInjected).At;
        var healing = _events.Events.Single(happened => happened.Fact is FaultHealing).At;
        (healing - injected).Should().BeCloseTo(TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(100));
    }

    [Theory]
    [InlineData(800, 800, 4200, 4200)]
    [InlineData(4000, 200, 2500, 4800)]
    public async Task RunAsync_AProofThatMeasures_LooksSoEarlyThatTheFaultEndsInTime(int lookMilliseconds, int heldMilliseconds, int firstMilliseconds, int lastMilliseconds)
    {
        var held = new List<TimeSpan>();
        _fault.WhileLooking = () => _clock.Advance(TimeSpan.FromMilliseconds(lookMilliseconds));
        _fault.WhenHeld = () =>
        {
            held.Add(_events.Elapsed);
            _clock.Advance(TimeSpan.FromMilliseconds(heldMilliseconds));
        };

        await RunAsync();

        var injected = _events.Events.Single(happened => happened.Fact is FaultInjected).At;
        var healing = _events.Events.Single(happened => happened.Fact is FaultHealing).At;
        (held[0] - injected).Should().BeCloseTo(TimeSpan.FromMilliseconds(firstMilliseconds), TimeSpan.FromMilliseconds(100));
        (held[^1] - injected).Should().BeCloseTo(TimeSpan.FromMilliseconds(lastMilliseconds), TimeSpan.FromMilliseconds(100));
        (healing - injected).Should().BeCloseTo(TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task RunAsync_TheTargets_AreWrittenDownBeforeAnythingIsDone()
    {
        await RunAsync();

        var injecting = _events.Facts[0].Should().BeOfType<FaultInjecting>().Subject;
        injecting.Targets["target"].Should().Equal(_fault.Order!.NodesOf(ScriptedFault.Target).Select(node => node.Name));
    }

    [Fact]
    public async Task RunAsync_TheProofComesLate_LooksAgain()
    {
        _fault.Injected.Clear();
        _fault.Injected.Enqueue(Proof.NotYet("Not yet."));
        _fault.Injected.Enqueue(Proof.NotYet("Not yet."));
        _fault.Injected.Enqueue(Proof.Proven("Now."));

        await RunAsync();

        _events.Facts.OfType<FaultInjected>().Single().Proof.Should().Be("Now.");
    }

    [Fact]
    public async Task RunAsync_NoProofInItsTime_IsRecordedAndHealed()
    {
        Script(_fault.Injected, Proof.NotYet("Still alive."));

        await RunAsync();

        _events.Facts.OfType<FaultNotProven>().Single().Should().Be(new FaultNotProven("a/scripted", "injected", "Still alive. (looked for 1s)"));
        _fault.Heals.Should().Be(1);
        _fault.Disposals.Should().Be(1);
    }

    [Fact]
    public async Task RunAsync_NobodyCouldBeToldToTakeItBack_IsToldAgainUntilTheTimeForItIsOver()
    {
        _fault.DeafHeals = 2;

        await RunAsync();

        _events.Facts.OfType<FaultHealed>().Should().ContainSingle();
        _fault.Heals.Should().Be(3);
    }

    [Fact]
    public async Task RunAsync_NobodyCanBeToldToTakeItBack_IsRecordedAsNotHealed()
    {
        _fault.DeafHeals = int.MaxValue;

        await RunAsync();

        _events.Facts.OfType<FaultNotProven>().Single().Stage.Should().Be("healed");
    }

    [Fact]
    public async Task RunAsync_TheOppositeWasSeen_DoesNotLookAgain()
    {
        Script(_fault.Injected, Proof.Refuted("Nothing to hit."));

        await RunAsync();

        _events.Facts.OfType<FaultNotProven>().Single().Reason.Should().Be("Nothing to hit.");
    }

    [Fact]
    public async Task RunAsync_TheFaultEndedBeforeItsTime_IsNotProven()
    {
        Script(_fault.Held, Proof.Refuted("Its lease lapsed."));

        await RunAsync();

        _events.Facts.OfType<FaultNotProven>().Single().Should().Be(new FaultNotProven("a/scripted", "held", "Its lease lapsed."));
    }

    [Theory]
    [InlineData(3, null)]
    [InlineData(int.MaxValue, "Nobody answers. (looked for 1s)")]
    public async Task RunAsync_ALookFails_LooksAgainUntilItsTimeIsOver(int blindLooks, string? reason)
    {
        _fault.BlindLooks = blindLooks;

        await RunAsync();

        _events.Facts.OfType<FaultNotProven>().SingleOrDefault().Should().Be(reason is null ? null : new FaultNotProven("a/scripted", "held", reason));
        _events.Facts.OfType<FaultHealed>().Should().ContainSingle();
    }

    [Fact]
    public async Task RunAsync_ItDoesNotHeal_IsNotProven()
    {
        Script(_fault.Healed, Proof.NotYet("Still down."));

        await RunAsync();

        _events.Facts.OfType<FaultNotProven>().Single().Stage.Should().Be("healed");
        _events.Facts.OfType<FaultHealed>().Should().BeEmpty();
    }

    [Fact]
    public async Task RunAsync_TheInjectorRefuses_IsNotProvenAndDoesNotEndTheRun()
    {
        _fault.Refusal = new HarnessException(ExitCode.EnvironmentFailed, "No primary.");

        await RunAsync();

        _events.Facts.OfType<FaultNotProven>().Single().Reason.Should().Be("No primary.");
    }

    [Fact]
    public async Task RunAsync_TheRunIsCancelled_StillTakesTheFaultBack()
    {
        using var stop = new CancellationTokenSource();
        var running = Runner().RunAsync(Spec(), Task.CompletedTask, stop.Token);
        _clock.Advance(TimeSpan.FromSeconds(1));

        await stop.CancelAsync();

        await running.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        _fault.Disposals.Should().Be(1);
        _events.Facts[^1].Should().Be(new FaultCancelled("a/scripted"), "the journal says that it was taken back");
    }

    [Fact]
    public async Task RunAsync_CancelledAndTakingBackFails_IsNotSaidToBeTakenBack()
    {
        using var stop = new CancellationTokenSource();
        _fault.DisposalTrouble = new HarnessException(ExitCode.EnvironmentFailed, "The API server is away.");
        var running = Runner().RunAsync(Spec(), Task.CompletedTask, stop.Token);
        _clock.Advance(TimeSpan.FromSeconds(1));

        await stop.CancelAsync();

        await running.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
        _events.Facts[^1].Should().Be(new FaultNotProven("a/scripted", FaultNotProven.AtItsEnd, "The API server is away."));
    }

    private static void Script(Queue<Proof> script, Proof proof)
    {
        script.Clear();
        script.Enqueue(proof);
    }

    private Task RunAsync() =>
        _clock.RunUntilAsync(() => Runner().RunAsync(Spec(), Task.CompletedTask, CancellationToken.None), TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(1));

    private FaultRunner Runner() => new(
        new Dictionary<string, IFaultInjector> { ["scripted"] = _fault }, new TargetResolver(new Seed(1)), _stack, _events, _clock);

    private FaultSpec Spec() => new() { Name = "a/scripted", Kind = _fault.Kind, At = TimeSpan.Zero };
}
