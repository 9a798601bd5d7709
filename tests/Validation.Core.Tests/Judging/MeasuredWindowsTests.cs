using Validation.Core.Judging;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.TestKit;

namespace Validation.Core.Tests.Judging;

public class MeasuredWindowsTests
{
    private static readonly WindowName FaultWindow = new("killed", WindowPart.Fault);
    private static readonly WindowName RecoveryWindow = new("killed", WindowPart.Recovery);

    [Fact]
    public void Of_AProvenFault_TakesItsEdgesFromTheProofs()
    {
        var recording = TwoPhases().Fault("killed/kill", "killed", injectedAt: 12.5, healedAt: 16).Build();

        var windows = MeasuredWindows.Of(recording);

        windows.Find(FaultWindow).Should().Be(new Window(FaultWindow, TimeSpan.FromSeconds(12.5), TimeSpan.FromSeconds(16)));
        windows.Find(RecoveryWindow).Should().Be(new Window(RecoveryWindow, TimeSpan.FromSeconds(16), TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public void Of_TwoFaults_SpansFromTheFirstInjectionToTheLastHeal()
    {
        var recording = TwoPhases().Fault("a", "killed", 12, 15).Fault("b", "killed", 11, 14).Build();

        MeasuredWindows.Of(recording).Find(FaultWindow).Should().Be(new Window(FaultWindow, TimeSpan.FromSeconds(11), TimeSpan.FromSeconds(15)));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(12.0, null)]
    public void Of_AFaultWithoutAProof_HasNoFaultWindow(double? injected, double? healed)
    {
        var recording = TwoPhases().Fault("a", "killed", 11, 14).Fault("b", "killed", injected, healed).Build();

        MeasuredWindows.Of(recording).Find(FaultWindow).Should().BeNull();
    }

    [Fact]
    public void Of_ARunThatWasCutShort_EndsItsWindowsAtTheLastEvent()
    {
        var recording = new HandmadeRecording().Load("fetch").Event(0, new LoadsStarted()).Event(0, new PhaseStarted("baseline")).Event(7, new Trouble("x", "y")).BuildUnfinished();

        MeasuredWindows.Of(recording).Find(new WindowName("baseline"))!.To.Should().Be(TimeSpan.FromSeconds(7));
    }

    [Fact]
    public void Of_LoadsNeverStarted_HasNoWindows() =>
        MeasuredWindows.Of(new HandmadeRecording().Load("fetch").Event(1, new StackReady(TimeSpan.FromSeconds(1))).BuildUnfinished()).All.Should().BeEmpty();

    [Fact]
    public void Of_AWarmUp_BeginsTheWholeRunAfterIt() =>
        MeasuredWindows.Of(new HandmadeRecording().Load("fetch").WarmUp(5).Phase("baseline", 5, 10).Build())
            .Find(WindowName.Whole)!.From.Should().Be(TimeSpan.FromSeconds(5));

    [Fact]
    public void Of_ARunThatWasCutShortInItsWarmUp_HasNoWindows() =>
        MeasuredWindows.Of(new HandmadeRecording().Load("fetch").WarmUp(5, ended: false).Event(0, new LoadsStarted()).BuildUnfinished()).All.Should().BeEmpty();

    private static HandmadeRecording TwoPhases() => new HandmadeRecording().Load("fetch").Phase("baseline", 0, 10).Phase("killed", 10, 20);
}
