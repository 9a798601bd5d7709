using Validation.Core.Running;
using Validation.Environments.Local.Database;
using Validation.TestKit;

namespace Validation.Environments.Tests.Local.Database;

public sealed class EventClockTests
{
    [Fact]
    public void At_BeforeAndAfterTheEvent_CountsFromTheRunsBeginning()
    {
        var time = new ManualClock();
        time.Advance(TimeSpan.FromSeconds(100));
        var before = time.GetTimestamp();
        time.Advance(TimeSpan.FromSeconds(3));
        var clock = new EventClock(() => new RunEvent(TimeSpan.FromSeconds(10), new LoadsStarted()), time);
        time.Advance(TimeSpan.FromSeconds(5));

        clock.At(before).Should().Be(TimeSpan.FromSeconds(7));
        clock.At(time.GetTimestamp()).Should().Be(TimeSpan.FromSeconds(15));
    }
}
