using Validation.Core;
using Validation.Core.Running;
using Validation.Spire.Invariants;
using Validation.TestKit;

namespace Validation.Spire.Tests.Invariants;

public class OnePrimaryAcknowledgesTests
{
    [Theory]
    [InlineData(Verdict.Pass, false, false)]
    [InlineData(Verdict.Fail, false, true, false)]
    [InlineData(Verdict.Inconclusive)]
    public void Judge_WritesAtAnOldPrimary_AreNeverAcknowledged(Verdict verdict, params bool[] acknowledged)
    {
        var run = new HandmadeRecording().Load("fetch").Phase("a", 0, 60);
        for (var i = 0; i < acknowledged.Length; i++)
        {
            run.Event(1 + i, new OldPrimaryWritten("postgres-1", acknowledged[i]));
        }

        new OnePrimaryAcknowledges().Judge(run.Build()).Verdict.Should().Be(verdict);
    }
}
