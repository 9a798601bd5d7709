using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Stacks;

namespace Validation.Load.Tests.Workers;

/// <summary>Controller and workers together, over real connections and by the real clock: what is recorded must be one run.</summary>
[Collection(WallClockTests.Name)]
public sealed class WorkerFleetTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task RunAsync_FourWorkers_RecordEveryOperationOfThePlanOnce()
    {
        var bench = Bench(4);

        var recording = await bench.RunAsync(BenchDriver.Answering, 200, 2 * Second);

        var planned = recording.Samples.Samples.Select(sample => sample.PlannedNs).ToArray();
        planned.Should().HaveCountGreaterThan(200);
        planned.Zip(planned.Skip(1)).Should().OnlyContain(pair => pair.Second - pair.First == 5_000_000, "200 a second, in order, without hole or double");
        recording.Samples.Samples.Should().OnlyContain(sample => sample.Succeeded && sample.LagNs >= 0);
        WorkerBench.WorkerFindings(recording).Should().HaveCount(4).And.OnlyContain(finding => finding.Verdict == Verdict.Pass);
        bench.Events.Facts.OfType<Trouble>().Should().BeEmpty();
        bench.AreWorkersEnded.Should().BeTrue();
    }

    [Fact]
    public async Task RunAsync_EachWorker_FiresItsOwnNumbersOnly()
    {
        var numbers = new System.Collections.Concurrent.ConcurrentBag<(int Worker, long Number)>();
        var bench = new WorkerBench();
        for (var worker = 0; worker < 3; worker++)
        {
            var index = worker;
            bench.AddWorker(new BenchDriver((_, operation) =>
            {
                numbers.Add((index, operation.Number));
                return new(Outcome.Success);
            }));
        }

        await bench.RunAsync(BenchDriver.Answering, 100, 1.5 * Second);

        numbers.Should().NotBeEmpty().And.OnlyContain(fired => fired.Number % 3 == fired.Worker);
    }

    [Fact]
    public async Task RunAsync_AWorkerIsKilledInTheMiddle_ItsRestIsFailedAndTheRunInconclusive()
    {
        var bench = Bench(4);

        var recording = await bench.RunAsync(BenchDriver.Answering, 200, 3.5 * Second, async () =>
        {
            await Task.Delay(2 * Second);
            bench.Kill(3);
        });

        var planned = recording.Samples.Samples.Select(sample => sample.PlannedNs).ToArray();
        planned.Zip(planned.Skip(1)).Should().OnlyContain(pair => pair.Second - pair.First == 5_000_000, "the plan does not get smaller");
        var lost = recording.Samples.Samples.Where(sample => recording.IsWorkerLost(sample)).ToArray();
        lost.Length.Should().BeInRange(40, 140, "a quarter of what was planned after its last second");
        bench.Events.Facts.OfType<WorkerLost>().Single().Should().Match<WorkerLost>(fact => fact.Worker == 3 && fact.Reason.Contains("so long"));
        WorkerBench.WorkerFindings(recording).Select(finding => finding.Verdict).Should().Equal(Verdict.Pass, Verdict.Pass, Verdict.Inconclusive, Verdict.Pass);
        Judge.Of(recording, []).Verdict.Should().Be(Verdict.Inconclusive);
    }

    [Fact]
    public async Task RunAsync_ALostWorkersEntries_MayOrMayNotExist()
    {
        var driver = new BenchDriver((site, operation) =>
        {
            site.Events.Record(new EntryChanged($"entry-{operation.Number}", EntryChange.Created));
            return new(Outcome.Success);
        });
        var bench = new WorkerBench().AddWorker(driver).AddWorker(driver);

        var recording = await bench.RunAsync(driver, 20, 3 * Second, async () =>
        {
            await Task.Delay(2 * Second);
            bench.Kill(1);
        });

        var last = recording.Facts<EntryChanged>().GroupBy(fact => fact.Fact.Entry).Select(lines => (Number: int.Parse(lines.Key[6..], System.Globalization.CultureInfo.InvariantCulture), lines.Last().Fact.Change)).ToArray();
        last.Where(entry => entry.Number % 2 == 0).Should().NotBeEmpty().And.OnlyContain(entry => entry.Change == EntryChange.Deleting);
        last.Where(entry => entry.Number % 2 == 1).Should().NotBeEmpty().And.OnlyContain(entry => entry.Change == EntryChange.Created);
    }

    [Fact]
    public async Task RunAsync_AWorkerWithAnotherClock_IsMappedAndItsWallClockTold()
    {
        var skewed = new SkewedClock(TimeSpan.FromHours(3));
        var bench = new WorkerBench().AddWorker(BenchDriver.Answering).AddWorker(BenchDriver.Answering, time: skewed);

        var recording = await bench.RunAsync(BenchDriver.Answering, 100, 2 * Second);

        recording.Samples.Samples.Should().HaveCountGreaterThan(100).And.OnlyContain(sample => sample.LatencyNs >= 0 && sample.LatencyNs < 1_000_000_000);
        var ready = bench.Events.Facts.OfType<WorkerReady>().Single(fact => fact.Worker == 2);
        ready.WallClockAhead.Should().BeCloseTo(TimeSpan.FromHours(3), Second);
        ready.Host.Should().Be("host-2");
    }

    [Fact]
    public async Task RunAsync_WhatWorkersTell_IsInTheRecordingOnce()
    {
        var driver = new BenchDriver((site, operation) =>
        {
            site.Svids.Record("load", SvidCheck.Verified, [1, 2, 3], new SvidFacts(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, operation.Number.ToString("x", System.Globalization.CultureInfo.InvariantCulture), "ab"));
            return new(Outcome.Failed("unavailable", "It is down."));
        });
        var bench = new WorkerBench().AddWorker(driver).AddWorker(driver);

        var recording = await bench.RunAsync(driver, 100, 1.5 * Second);

        recording.Samples.Samples.Should().NotBeEmpty().And.OnlyContain(sample => recording.Samples.Failures[sample.Outcome] == "unavailable");
        bench.Events.Facts.OfType<FailureSeen>().Should().Equal(new FailureSeen("load", "unavailable", "It is down."));
        recording.Svids.Select(svid => svid.Serial).Should().OnlyHaveUniqueItems().And.HaveCountGreaterThanOrEqualTo(recording.Samples.Samples.Count);
        recording.Svids.Should().OnlyContain(svid => svid.AtNs > 0 && svid.AtNs < 20_000_000_000, "it is the run's clock");
    }

    [Fact]
    public async Task PrepareAsync_AnotherVersion_IsRefusedWithBoth()
    {
        var bench = new WorkerBench().AddWorker(BenchDriver.Answering).AddWorker(BenchDriver.Answering, version: "9.9.9");

        var refused = (await bench.Invoking(b => b.RunAsync(BenchDriver.Answering, 10, Second)).Should().ThrowAsync<HarnessException>()).Which;

        refused.Message.Should().Contain("Worker 2").And.Contain("9.9.9").And.Contain(WorkerBench.Version);
        bench.AreWorkersEnded.Should().BeTrue("nothing stays behind");
    }

    [Fact]
    public async Task PrepareAsync_OneProcessReachedTwice_IsFoundOut()
    {
        var bench = new WorkerBench().AddWorker(BenchDriver.Answering).AddSiteOf(1);

        (await bench.Invoking(b => b.RunAsync(BenchDriver.Answering, 10, Second)).Should().ThrowAsync<HarnessException>())
            .WithMessage("Workers 1 and 2 are the same process*");
    }

    [Fact]
    public async Task PrepareAsync_TwoWorkersOfOneNumber_AreFoundOut()
    {
        var bench = new WorkerBench().AddWorker(BenchDriver.Answering, number: 1).AddWorker(BenchDriver.Answering, number: 1);

        (await bench.Invoking(b => b.RunAsync(BenchDriver.Answering, 10, Second)).Should().ThrowAsync<HarnessException>())
            .WithMessage("Worker 2 (worker-2) cannot be used: it was started as worker 1*");
    }

    [Fact]
    public async Task PrepareAsync_TheDriverCannot_TheReasonComesThrough()
    {
        var driver = new BenchDriver((_, _) => new(Outcome.Success), _ => throw new HarnessException(ExitCode.EnvironmentFailed, "No server gave its bundle.", "Look."));
        var bench = new WorkerBench().AddWorker(driver);

        var refused = (await bench.Invoking(b => b.RunAsync(driver, 10, Second)).Should().ThrowAsync<HarnessException>()).Which;

        refused.Message.Should().Be("Worker 1 (worker-1): No server gave its bundle.");
        refused.Hint.Should().Be("Look.");
    }

    [Fact]
    public async Task PrepareAsync_PrivateSockets_AreReachedThroughTheController()
    {
        string? heard = null;
        var driver = new BenchDriver((_, _) => new(Outcome.Success), async site =>
        {
            await using var socket = await site.Spire.Servers.Single().DialAdmin(CancellationToken.None);
            await socket.WriteAsync("hello\n"u8.ToArray());
            heard = await new StreamReader(socket).ReadLineAsync();
        });
        var bench = new WorkerBench().AddWorker(driver);
        bench.Servers = [new SpireServerAccess(new TestKit.FakeNode("spire-server-1", Roles.SpireServer), bench.LoadBalancedApi, _ => ValueTask.FromResult<Stream>(new EchoStream()))];

        await bench.RunAsync(driver, 10, TimeSpan.FromMilliseconds(100));

        heard.Should().Be("HELLO");
    }

    private static WorkerBench Bench(int workers)
    {
        var bench = new WorkerBench();
        for (var number = 1; number <= workers; number++)
        {
            bench.AddWorker(BenchDriver.Answering, number);
        }

        return bench;
    }

    /// <summary>A machine whose clocks are ahead.</summary>
    private sealed class SkewedClock(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;

        public override long GetTimestamp() => base.GetTimestamp() + (long)(ahead.TotalSeconds * TimestampFrequency);
    }

    /// <summary>Answers each piece in capital letters.</summary>
    private sealed class EchoStream : MemoryStream
    {
        private readonly System.Threading.Channels.Channel<byte[]> _pieces = System.Threading.Channels.Channel.CreateUnbounded<byte[]>();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            _pieces.Writer.WriteAsync(System.Text.Encoding.ASCII.GetBytes(System.Text.Encoding.ASCII.GetString(buffer.Span).ToUpperInvariant()), cancellationToken);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var piece = await _pieces.Reader.ReadAsync(cancellationToken);
            piece.CopyTo(buffer);
            return piece.Length;
        }

        public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            await foreach (var piece in _pieces.Reader.ReadAllAsync(cancellationToken))
            {
                await destination.WriteAsync(piece, cancellationToken);
            }
        }
    }
}
