using Validation.Core.Capacity;
using Validation.Core.Loads;
using Validation.Core.Scenarios;

namespace Validation.Core.Tests.Capacity;

public class CapacityQuestionTests
{
    private static readonly Measure P99 = new(MeasureKind.Latency, 99);
    private static readonly Measure Availability = new(MeasureKind.Availability);

    [Fact]
    public void At_AScenarioWithFaults_HasOnePhaseWithoutThemAndTheObjectivesOfAHealthyStack()
    {
        var scenario = SimulatedStack.Scenario(
            40,
            SimulatedStack.Objective(P99, 0.25),
            SimulatedStack.Objective(P99, 0.1, "whole"),
            SimulatedStack.Objective(Availability, 0.5, "broken"),
            SimulatedStack.Objective(new Measure(MeasureKind.TimeToRecover), 10, "broken")) with
        {
            Phases = [new PhaseSpec { Name = "baseline", Length = TimeSpan.FromSeconds(10) }, new PhaseSpec { Name = "broken", Length = TimeSpan.FromSeconds(10), Faults = [Fault()] }],
        };

        var question = CapacityQuestion.Of(scenario, new CapacityOptions());
        var level = question.At(new LevelOrder(3, new Rate(320), LevelPurpose.Search));

        level.Phases.Should().ContainSingle().Which.Faults.Should().BeEmpty();
        level.Objectives.Should().ContainSingle().Which.Should().Match<ObjectiveSpec>(objective => objective.Name == "sign p99" && objective.Limit == 0.1);
        level.Loads[0].Arrivals.Should().Be(new EvenArrivals(new Rate(320)));
        question.LeftOut.Should().Equal("sign availability broken", "sign time-to-recover broken");
    }

    [Theory]
    [InlineData(1_000, LevelPurpose.Search, 10)]
    [InlineData(1_000, LevelPurpose.Confirm, 30)]
    [InlineData(100, LevelPurpose.Search, 33)]
    public void WindowAt_ARate_IsLongEnoughToShowWhatIsAsked(double perSecond, LevelPurpose purpose, int seconds)
    {
        var question = CapacityQuestion.Of(SimulatedStack.Scenario(100, SimulatedStack.Objective(Availability, 0.999)), new CapacityOptions());

        question.WindowAt(new Rate(perSecond), purpose).Should().Be(TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public void Lowest_ARateThatCouldShowNothing_IsRaised()
    {
        var question = CapacityQuestion.Of(SimulatedStack.Scenario(1, SimulatedStack.Objective(Availability, 0.999)), new CapacityOptions());

        question.Lowest.PerSecond.Should().BeApproximately(2_995 * 1.1 / 60, 0.1);
    }

    [Fact]
    public void Of_AnUnknownLoad_SuggestsTheNearest() =>
        Refusal(new CapacityOptions { Load = "sing" }).Message.Should().Contain("no load 'sing'").And.Contain("Did you mean 'sign'?");

    [Fact]
    public void Of_ALoadThatNoObjectiveJudges_IsRefused()
    {
        var scenario = SimulatedStack.Scenario(40, SimulatedStack.Objective(new Measure(MeasureKind.LongestOutage), 1));

        FluentActions.Invoking(() => CapacityQuestion.Of(scenario, new CapacityOptions())).Should().Throw<HarnessException>()
            .Which.Should().Match<HarnessException>(refused => refused.ExitCode == ExitCode.InvalidInput && refused.Message.Contains("every rate would do"));
    }

    [Fact]
    public void Of_APopulationThatWaits_IsRefused()
    {
        var scenario = SimulatedStack.Scenario(40, SimulatedStack.Objective(P99, 1));
        scenario = scenario with { Loads = [scenario.Loads[0] with { Arrivals = new ClosedArrivals(10, TimeSpan.Zero) }] };

        FluentActions.Invoking(() => CapacityQuestion.Of(scenario, new CapacityOptions())).Should().Throw<HarnessException>().WithMessage("*no rate that could be raised*");
    }

    private static HarnessException Refusal(CapacityOptions options) =>
        FluentActions.Invoking(() => CapacityQuestion.Of(SimulatedStack.Scenario(40, SimulatedStack.Objective(P99, 1)), options)).Should().Throw<HarnessException>().Which;

    private static FaultSpec Fault() => new()
    {
        Name = "broken/scripted",
        Kind = new Running.ScriptedFault().Kind,
        At = TimeSpan.Zero,
    };
}
