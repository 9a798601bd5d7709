using Validation.Core;

namespace Validation.Load.Tests;

public class ScheduleTests
{
    [Fact]
    public void NextNs_ThreePerSecond_NeverDrifts()
    {
        var schedule = new Schedule(new Rate(3), 0);
        for (var i = 0; i < 3_000_000; i++)
        {
            schedule.Advance();
        }

        schedule.NextNs.Should().Be(1_000_000_000_000_000, "the instant after a million seconds comes from the start, not from a sum");
    }

    [Fact]
    public void NextNs_HalfAnIntervalLater_BeginsThere() => new Schedule(new Rate(10), 0.5).NextNs.Should().Be(50_000_000);
}
