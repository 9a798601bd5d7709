using Validation.Core.Faults;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.TestKit;

namespace Validation.Core.Tests.Running;

public class TimelineTests
{
    private readonly ManualClock _clock = new();
    private readonly ScriptedFault _fault = new();
    private readonly EventList _events;

    public TimelineTests() => _events = new EventList(_clock);

    [Fact]
    public async Task WalkAsync_AFaultThatTakesLongToBegin_MakesTheOthersNoLater()
    {
        _fault.WhileInjecting = () => _clock.Advance(TimeSpan.FromMilliseconds(300));

        await WalkAsync(TimeSpan.Zero, TimeSpan.FromSeconds(10));

        _events.Events.Where(happened => happened.Fact is FaultInjecting).Select(happened => happened.At).Should().Equal(TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task WalkAsync_AFaultThatLooksFirst_HasLookedWhenItIsDue()
    {
        _fault.Kind = _fault.Kind with { Preparation = TimeSpan.FromSeconds(2) };

        await WalkAsync(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));

        _events.Events.Where(happened => happened.Fact is FaultInjecting).Select(happened => happened.At).Should().Equal(TimeSpan.Zero, TimeSpan.FromSeconds(8));
        _events.Events.Where(happened => happened.Fact is FaultBegun).Select(happened => happened.At).Should().Equal(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task WalkAsync_FaultsThatLastLongerThanThePhase_AreWaitedFor()
    {
        await WalkAsync(TimeSpan.FromSeconds(18));

        var ended = _events.Events.Single(happened => happened.Fact is PhaseEnded).At;
        ended.Should().BeGreaterThan(TimeSpan.FromSeconds(20));
        _events.Facts.Select(fact => fact.GetType()).Should().Equal(
            typeof(PhaseStarted), typeof(FaultInjecting), typeof(FaultBegun), typeof(FaultInjected), typeof(FaultHealing), typeof(FaultHealed), typeof(PhaseEnded));
    }

    private Task WalkAsync(params TimeSpan[] instants)
    {
        var runner = new FaultRunner(
            new Dictionary<string, IFaultInjector> { ["scripted"] = _fault }, new TargetResolver(new Seed(1)), new FakeStack(), _events, _clock);
        var phase = new PhaseSpec
        {
            Name = "broken",
            Length = TimeSpan.FromSeconds(20),
            Faults = [.. instants.Select((at, index) => new FaultSpec { Name = $"broken/{index}", Kind = _fault.Kind, At = at })],
        };
        return _clock.RunUntilAsync(() => new Timeline(runner, _events, _clock).WalkAsync([phase], CancellationToken.None), TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(2));
    }
}
