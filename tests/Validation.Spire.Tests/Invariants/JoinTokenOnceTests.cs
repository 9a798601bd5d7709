using Validation.Core;
using Validation.Core.Running;
using Validation.Spire.Invariants;
using Validation.TestKit;

namespace Validation.Spire.Tests.Invariants;

public class JoinTokenOnceTests
{
    [Theory]
    [InlineData(Verdict.Pass, 1, 1, 0)]
    [InlineData(Verdict.Fail, 1, 2, 1)]
    [InlineData(Verdict.Inconclusive, 0, 0)]
    [InlineData(Verdict.Inconclusive)]
    public void Judge_Races_AreWonByOneAtMost(Verdict verdict, params int[] accepted)
    {
        var run = new HandmadeRecording().Load("tokens").Phase("a", 0, 60);
        for (var i = 0; i < accepted.Length; i++)
        {
            run.Event(1 + i, new JoinTokenRaced(50, accepted[i]));
        }

        new JoinTokenOnce().Judge(run.Build()).Verdict.Should().Be(verdict);
    }
}
