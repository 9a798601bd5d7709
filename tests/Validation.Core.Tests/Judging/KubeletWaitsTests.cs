using Validation.Core.Judging;
using Validation.Core.Running;
using Validation.Core.Stacks;
using Validation.TestKit;

namespace Validation.Core.Tests.Judging;

public class KubeletWaitsTests
{
    private const string Waits = "CrashLoopBackOff: back-off 10s restarting failed container=spire-server";

    [Fact]
    public void Of_AFaultAfterWhoseHealAContainerWaited_TellsForHowLong()
    {
        // It waits from 3 on; the heal takes from 4 to 9, and 2 s of that the container starts.
        var recording = Recording().Event(3, Changed(NodeState.BackOff, Waits)).Event(7, Changed(NodeState.Starting, null)).Event(8, Changed(NodeState.Ready, null)).Build();

        Statement(recording).Should().Be("Gone. Back. The heal took 5s, in which kubelets had containers wait (CrashLoopBackOff): spire-server-1 3s.");
    }

    [Fact]
    public void Of_AFaultWithoutSuchAWait_TellsNothing()
    {
        var recording = Recording().Event(2, Changed(NodeState.BackOff, Waits)).Event(4, Changed(NodeState.Starting, null)).Event(5, Changed(NodeState.BackOff, "its pod is gone")).Build();

        Statement(recording).Should().Be("Gone. Back.");
    }

    private static string Statement(Core.Recording.RunRecording recording) =>
        Judge.Of(recording, []).Findings.Single(finding => finding.Kind == FindingKind.Fault).Statement;

    private static NodeChanged Changed(NodeState state, string? reason) => new("spire-server-1", state, 0, reason);

    private static HandmadeRecording Recording() => new HandmadeRecording().Phase("a", 0, 10).Fault("a/kill", "a")
        .Event(1, new FaultInjected("a/kill", "Gone.")).Event(4, new FaultHealing("a/kill", "Held.")).Event(9, new FaultHealed("a/kill", "Back."));
}
