using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Running;
using Validation.Core.Stacks;
using Validation.Spire.Invariants;
using Validation.TestKit;

namespace Validation.Spire.Tests.Invariants;

public class SpireNotRestartedTests
{
    [Fact]
    public void Judge_NobodyWasRestarted_Passes() => Judge(("spire-server-1", 0), ("postgres-1", 0), ("postgres-1", 1)).Verdict.Should().Be(Verdict.Pass);

    [Fact]
    public void Judge_AServerWasRestarted_FailsWithTheReason() => Judge(("spire-server-1", 0), ("spire-server-1", 1)).Should().Match<Finding>(finding =>
        finding.Verdict == Verdict.Fail && finding.Statement == "spire-server-1 was restarted 1 times (its liveness probe failed).");

    [Fact]
    public void Judge_NobodyLookedAtTheFirstRestart_TheReasonOfTheNextOneIsTold()
    {
        var run = new HandmadeRecording().Load("sign").Phase("a", 0, 60)
            .Event(2, new NodeChanged("spire-server-1", NodeState.Ready, 0, null))
            .Event(3, new NodeChanged("spire-server-1", NodeState.Starting, 1, null))
            .Event(4, new NodeChanged("spire-server-1", NodeState.BackOff, 1, "Error, exit code 1"))
            .Event(5, new NodeChanged("spire-server-1", NodeState.Starting, 2, null));

        new SpireNotRestarted().Judge(run.Build()).Statement.Should().Be("spire-server-1 was restarted 2 times (a later one: Error, exit code 1).");
    }

    [Fact]
    public void Judge_RestartsBeforeTheRun_DoNotCount() => Judge(("spire-server-1", 3), ("spire-server-1", 3)).Verdict.Should().Be(Verdict.Pass);

    [Fact]
    public void Judge_EveryServerWasHitByAFault_IsInconclusive()
    {
        var hit = new FaultInjecting("a/kill", new Dictionary<string, IReadOnlyList<string>> { ["target"] = ["spire-server-1"] });

        Judge(hit, ("spire-server-1", 0), ("spire-server-1", 1)).Verdict.Should().Be(Verdict.Inconclusive);
    }

    private static Finding Judge(params (string Node, int Restarts)[] seen) => Judge(null, seen);

    private static Finding Judge(FaultInjecting? fault, params (string Node, int Restarts)[] seen)
    {
        var run = new HandmadeRecording().Load("sign").Phase("a", 0, 60);
        if (fault is not null)
        {
            run.Event(1, fault);
        }

        for (var i = 0; i < seen.Length; i++)
        {
            run.Event(2 + i, new NodeChanged(seen[i].Node, NodeState.Starting, seen[i].Restarts, i == 0 ? "its liveness probe failed" : "it starts"));
        }

        return new SpireNotRestarted().Judge(run.Build());
    }
}
