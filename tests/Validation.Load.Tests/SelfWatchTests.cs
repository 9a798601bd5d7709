using Validation.Core.Running;
using Validation.Load.SelfWatching;
using Validation.TestKit;

namespace Validation.Load.Tests;

public sealed class SelfWatchTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly DirectoryInfo _self = Directory.CreateTempSubdirectory();

    [Fact]
    public void ProbeFor_AThreadThatIsWokenOnTime_SeesNoDelay()
    {
        var probe = new DelayProbe(new ManualPacer(_clock), _clock, item => item.Execute());

        probe.ProbeFor(TimeSpan.FromSeconds(2), () => { }, CancellationToken.None).Should().BeTrue();

        probe.TakeWakes().Should().Be(new Delays(200, 0, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero));
        probe.TakeHandOvers().Late.Should().Be(0);
    }

    [Fact]
    public void ProbeFor_AStandstillOfOneSecond_CountsEveryWakeInIt()
    {
        var pacer = new ManualPacer(_clock) { StallAt = TimeSpan.FromSeconds(0.5), StallFor = TimeSpan.FromSeconds(1) };
        var probe = new DelayProbe(pacer, _clock, item => item.Execute());

        probe.ProbeFor(TimeSpan.FromSeconds(2), () => { }, CancellationToken.None);

        var wakes = probe.TakeWakes();
        wakes.Largest.Should().Be(TimeSpan.FromSeconds(1));
        wakes.Late.Should().Be(90, "of a hundred probes in that second the last ten came less than 100 ms late");
    }

    [Fact]
    public void ProbeFor_AThreadPoolThatDoesNotBegin_CountsWhileItWaits()
    {
        var waiting = new List<IThreadPoolWorkItem>();
        var probe = new DelayProbe(new ManualPacer(_clock), _clock, waiting.Add);

        probe.ProbeFor(TimeSpan.FromSeconds(1), () => { }, CancellationToken.None);

        waiting.Should().ContainSingle();
        probe.TakeHandOvers().Should().Match<Delays>(delays => delays.Late == 90 && delays.Largest == TimeSpan.FromSeconds(1));
    }

    [SkippableFact]
    public async Task WatchAsync_TheRealProcess_RecordsWhatItUses()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs Linux");
        var events = new EventList();
        using var stop = new CancellationTokenSource();

        var watching = new SelfWatch(TimeProvider.System).WatchAsync(events, stop.Token);
        var first = await events.First.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await stop.CancelAsync();
        await watching;

        var health = first.Should().BeOfType<HarnessHealth>().Subject;
        health.Wakes.Count.Should().Be(200);
        health.ProcessorsAllowed.Should().BePositive();
        health.MachineBusy.Should().BeInRange(0, 1);
        health.OpenFiles.Should().BeGreaterThan(3);
        health.OpenFilesAllowed.Should().BeGreaterThan(health.OpenFiles);
        health.Ports.Should().BeGreaterThan(1_000);
    }

    [Theory]
    [InlineData("0::/box/one\n", "30 1 0:26 / {0}/v2 rw - cgroup2 cgroup2 rw\n", "v2/box/one", "cpu.max", "150000 100000")]
    [InlineData("0::/../box\n", "30 1 0:26 /box {0}/v2 rw - cgroup2 cgroup2 rw\n", "v2", "cpu.max", "150000 100000")]
    [InlineData("4:memory:/a\n3:cpu,cpuacct:/box/one\n0::/\n", "29 1 0:25 / {0}/mem rw - cgroup cgroup rw,memory\n30 1 0:26 /box {0}/cpu rw - cgroup cgroup rw,cpu,cpuacct\n", "cpu/one", "cpu.cfs_quota_us", "150000")]
    public void Find_AGroupOfEitherVersion_KnowsItsProcessorsAndWhenItIsHeldBack(string groups, string mounts, string folder, string limitFile, string limit)
    {
        Write("cgroup", groups);
        Write("mountinfo", string.Format(System.Globalization.CultureInfo.InvariantCulture, mounts, _self.FullName));
        Write($"{folder}/cpu.stat", "usage_usec 9\nnr_periods 20\nnr_throttled 3\nthrottled_usec 77\n");
        Write($"{folder}/cpu.cfs_period_us", "100000\n");
        Write($"{folder}/{limitFile}", limit + "\n");

        var group = ControlGroup.Find(_self.FullName)!;

        group.Processors.Should().Be(1.5);
        group.ReadThrottling().Should().Be(new ThrottleCount(20, 3));
    }

    [Fact]
    public void Find_AGroupWithoutALimit_HasNone()
    {
        Write("cgroup", "0::/\n");
        Write("mountinfo", $"30 1 0:26 / {_self.FullName}/v2 rw - cgroup2 cgroup2 rw\n");
        Write("v2/cpu.stat", "usage_usec 9\n");
        Write("v2/cpu.max", "max 100000\n");

        ControlGroup.Find(_self.FullName)!.Processors.Should().BeNull();
    }

    [Fact]
    public void Find_NoGroups_IsNothing() => ControlGroup.Find(_self.FullName).Should().BeNull();

    [Fact]
    public void MachineTime_BetweenTwoLooks_CountsWorkAndWhatWasTakenByOthersButNotWaitingForDisks()
    {
        var before = MachineTime.In("cpu  100 10 50 1000 20 5 5 10 7 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n")!.Value;
        var after = MachineTime.In("cpu  140 10 60 1030 40 5 5 10 9 0\n")!.Value;

        after.ShareSince(before).Should().Be(0.5);
        before.ShareSince(before).Should().BeNull();
        MachineTime.In("intr 7\n").Should().BeNull();
    }

    [Fact]
    public void SocketUse_TheKernelsTexts_AreRead()
    {
        SocketUse.SocketsIn("sockets: used 290\nTCP: inuse 27 orphan 1 tw 12 alloc 30 mem 3\nUDP: inuse 4 mem 0\n").Should().Be(39);
        SocketUse.SocketsIn("TCP6: inuse 5\nUDP6: inuse 1\n").Should().Be(5);
        SocketUse.PortsIn("32768\t60999\n").Should().Be(28_232);
        SocketUse.LimitIn("Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 524288               files\n").Should().Be(1_024);
        SocketUse.LimitIn("Max open files            unlimited            unlimited            files\n").Should().BeNull();
    }

    public void Dispose() => _self.Delete(recursive: true);

    private void Write(string path, string text)
    {
        var file = new FileInfo(Path.Combine(_self.FullName, path));
        file.Directory!.Create();
        File.WriteAllText(file.FullName, text);
    }

    private sealed class ManualPacer(ManualClock clock) : IPacer
    {
        public TimeSpan StallAt { get; init; } = TimeSpan.MaxValue;

        public TimeSpan StallFor { get; init; }

        public void Begin()
        {
        }

        public void WaitUntil(long timestamp, CancellationToken stop)
        {
            var until = TimeSpan.FromTicks(timestamp);
            if (until > clock.Elapsed)
            {
                clock.Advance(until - clock.Elapsed + (until == StallAt ? StallFor : TimeSpan.Zero));
            }
        }
    }

    private sealed class EventList : IEventSink
    {
        public TaskCompletionSource<Fact> First { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public RunEvent Record(Fact fact)
        {
            First.TrySetResult(fact);
            return new RunEvent(TimeSpan.Zero, fact);
        }
    }
}
