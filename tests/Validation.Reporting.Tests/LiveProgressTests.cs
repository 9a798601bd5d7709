using Validation.Core.Running;
using Validation.TestKit;

namespace Validation.Reporting.Tests;

public sealed class LiveProgressTests
{
    [Fact]
    public async Task Show_PlainConsole_WritesALineForEachThingAndAStatusEveryFiveSeconds()
    {
        var terminal = TestTerminal.Plain();

        await WatchQuickStartAsync(terminal);

        terminal.Written.Should().Be(Golden.Text("progress.txt", terminal.Written));
    }

    [Fact]
    public async Task Show_Terminal_DrawsTheLoadsAndTheFaultsInForce()
    {
        var terminal = TestTerminal.Interactive();

        await WatchQuickStartAsync(terminal);

        terminal.Written.Should().Contain("under way").And.Contain("server-cut-off 5s of 18s").And.Contain("in force: server-cut-off/partition")
            .And.Contain("healed server-killed/kill: spire-server-2 is ready in incarnation 2.");
    }

    [Fact]
    public async Task Report_SameTextAgain_IsWrittenOnce()
    {
        var terminal = TestTerminal.Plain();
        await using var progress = new LiveProgress(terminal.Console, TestRuns.QuickStart.Recording.Plan);

        progress.Report("waiting for postgres-1");
        progress.Report("waiting for postgres-1");
        progress.Report("waiting for spire-server-1");

        terminal.Written.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim())
            .Should().Equal("waiting for postgres-1", "waiting for spire-server-1");
    }

    [Fact]
    public async Task DisposeAsync_Terminal_GivesTheCursorBack()
    {
        var terminal = TestTerminal.Interactive();

        await WatchQuickStartAsync(terminal);

        terminal.Written.LastIndexOf("\u001b[?25h", StringComparison.Ordinal)
            .Should().BeGreaterThan(terminal.Written.LastIndexOf("\u001b[?25l", StringComparison.Ordinal));
    }

    private static async Task WatchQuickStartAsync(TestTerminal terminal)
    {
        var recording = TestRuns.QuickStart.Recording;
        await using var progress = new LiveProgress(terminal.Console, recording.Plan);
        progress.Report("waiting for postgres-1 to be ready");
        var second = TimeSpan.FromSeconds(1);
        for (var now = TimeSpan.Zero; now < TimeSpan.FromSeconds(125); now += second)
        {
            foreach (var happened in recording.Events.Where(happened => happened.At > now - second && happened.At <= now))
            {
                progress.Show(happened);
            }

            foreach (var tick in now > TimeSpan.FromSeconds(26) && now <= TimeSpan.FromSeconds(120) ? TicksAt(now) : [])
            {
                progress.Show(tick);
            }
        }
    }

    private static IEnumerable<LoadTick> TicksAt(TimeSpan now)
    {
        var recording = TestRuns.QuickStart.Recording;
        foreach (var (index, load) in recording.Plan.Loads.Index())
        {
            var soFar = recording.Samples.Samples.Where(sample => sample.Load == index && sample.PlannedNs < now.TotalNanoseconds).ToArray();
            var done = soFar.Where(sample => sample.CompletedNs < now.TotalNanoseconds).ToArray();
            var lately = done.Where(sample => sample.Succeeded && sample.CompletedNs > (now - TimeSpan.FromSeconds(1)).TotalNanoseconds).ToArray();
            yield return new LoadTick(
                now,
                load.Name,
                soFar.Length,
                done.Count(sample => sample.Succeeded),
                done.Count(sample => !sample.Succeeded),
                lately.Length == 0 ? null : TimeSpan.FromTicks(lately.Max(sample => sample.LatencyNs) / 100));
        }
    }
}
