using System.Text.Json;
using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Load.Workers.Controlling;
using Validation.Load.Workers.Protocol;
using Validation.TestKit;

namespace Validation.Load.Tests.Workers;

/// <summary>The shares of several workers, put together, are what one process would have recorded: bit for bit.</summary>
public sealed class SampleMergeTests
{
    private const long BeginNs = 26_000_000_123;
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(30);
    private static readonly long StopNs = BeginNs + (long)Length.TotalNanoseconds;

    // Rates that do not divide a second, two equal ones, and one of each form.
    private static readonly PlannedLoad[] Loads =
    [
        Load("attest", 7),
        Load("sign", 60),
        Load("fetch", 60),
        Load("entries", 3.3),
        Load("rising", 50) with { Uneven = new RampArrivals(new Rate(1), new Rate(99), TimeSpan.FromSeconds(20)) { After = TimeSpan.FromSeconds(3) } },
        Load("stepping", 25) with { Uneven = new StepArrivals([new Rate(10), new Rate(40)], TimeSpan.FromSeconds(7)) },
        Load("independent", 30) with { Uneven = new PoissonArrivals(new Rate(30)) { Seed = 5 } },
        Load("bursting", 20) with { Uneven = new BurstArrivals(100, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1)) },
    ];

    public static TheoryData<int> Fleets => [1, 2, 3, 4, 7, 50];

    [Theory]
    [MemberData(nameof(Fleets))]
    public async Task Close_AnyNumberOfWorkers_WritesTheBytesOfOneProcess(int workers)
    {
        var whole = await FileOfAsync(1, shuffleSeed: 1);

        var merged = await FileOfAsync(workers, shuffleSeed: workers);

        merged.Should().Equal(whole);
        SampleFile.Read(await OnDiskAsync(merged)).Samples.Should().HaveCountGreaterThan(3_000).And.BeInAscendingOrder(sample => sample.PlannedNs);
    }

    [Theory]
    [MemberData(nameof(Fleets))]
    public async Task Judge_AnyNumberOfWorkers_GivesTheBytesOfOneProcess(int workers)
    {
        var asTheyEnded = Operations().OrderBy(operation => operation.Sample.CompletedNs).ToArray();
        var whole = Judge(Recorded(asTheyEnded.Select(operation => (operation.Sample, operation.Failure))));

        var merged = Judge(SampleFile.Read(await OnDiskAsync(await FileOfAsync(workers, shuffleSeed: 7))));

        merged.Should().Equal(whole);
        JsonSerializer.Deserialize<RunResult>(whole, HarnessJson.Pretty)!.Findings.Where(finding => finding.Kind == FindingKind.Objective)
            .Should().HaveCount(3 * Loads.Length).And.OnlyContain(finding => finding.Samples > 10, "else there was nothing to compare");
    }

    [Fact]
    public async Task Close_OneOperationChanged_GivesOtherBytes()
    {
        var whole = await FileOfAsync(4, shuffleSeed: 1);

        var changed = await FileOfAsync(4, shuffleSeed: 1, operation => operation.Number == 100 ? operation with { CompletedAfterNs = operation.CompletedAfterNs + 1 } : operation);

        changed.Should().NotEqual(whole, "else the comparison could not fail");
    }

    [Fact]
    public void Close_AWorkerThatFellSilent_CountsItsWholeRestAsFailed()
    {
        var written = new List<(Sample Sample, string? Failure)>();
        var merge = new SampleMerge(Loads, 4, BeginNs, (sample, failure) => written.Add((sample, failure)));
        var diedAfter = TimeSpan.FromSeconds(10).TotalNanoseconds;
        foreach (var (number, sample, failure) in Operations().Where(operation => operation.Number % 4 != 2 || operation.Sample.CompletedNs < BeginNs + diedAfter))
        {
            merge.Add((int)(number % 4), EndedOperation.Of(number, sample), failure).Should().BeTrue();
        }

        merge.Lose(2);
        var counts = merge.Close(StopNs);

        written.Should().HaveCount(Operations().Count(), "no operation that was planned may be missing");
        var lost = written.Where(operation => operation.Failure == Outcome.WorkerLost).ToArray();
        lost.Should().HaveCount((int)counts[2].Missing).And.OnlyContain(operation => operation.Sample.FiredNs == Sample.Never);
        // What was planned in the last 20 s, and what was under way: about a second's worth.
        counts[2].Missing.Should().BeCloseTo(Operations().Count(operation => operation.Number % 4 == 2 && operation.Sample.PlannedNs >= BeginNs + 9_000_000_000), 20);
        counts.Where((_, worker) => worker != 2).Should().OnlyContain(count => count.Missing == 0 && count.Reported > 900);
    }

    [Fact]
    public void Close_AllWorkersLost_WritesThePlanAllTheSame()
    {
        var written = 0;
        var merge = new SampleMerge(Loads, 2, BeginNs, (_, _) => written++);

        merge.Lose(0);
        merge.Lose(1);
        merge.Close(StopNs);

        written.Should().Be(Operations().Count());
    }

    [Fact]
    public void Settle_EveryoneHas_WritesUpToThereAndNotBeyond()
    {
        var written = new List<Sample>();
        var merge = new SampleMerge([Load("sign", 10)], 2, BeginNs, (sample, _) => written.Add(sample));
        for (var number = 0; number < 20; number++)
        {
            merge.Add(number % 2, new EndedOperation(0, 0, number, 0, 1), null);
        }

        merge.Settle(0, 1_000_000_000);
        written.Should().BeEmpty("the other worker may still tell of earlier ones");
        merge.Settle(1, 500_000_000);

        written.Select(sample => sample.PlannedNs - BeginNs).Should().Equal(0, 100_000_000, 200_000_000, 300_000_000, 400_000_000);
    }

    [Fact]
    public void Settle_AHoleInWhatWasTold_IsWrittenAsLost()
    {
        var written = new List<string?>();
        var merge = new SampleMerge([Load("sign", 10)], 1, BeginNs, (_, failure) => written.Add(failure));
        merge.Add(0, new EndedOperation(0, 0, 0, 0, 1), null);
        merge.Add(0, new EndedOperation(0, 0, 2, 0, 1), null);

        merge.Settle(0, 300_000_000);

        written.Should().Equal(null, Outcome.WorkerLost, null);
    }

    [Theory]
    [InlineData(0, 0, 3, "it belongs to the other worker")]
    [InlineData(0, 0, 4, "it was told before")]
    [InlineData(0, 9, 2, "there is no such load")]
    [InlineData(5, 0, 2, "there is no such worker")]
    public void Add_AnOperationThatCannotBe_IsRefused(int worker, ushort load, long number, string because)
    {
        var merge = new SampleMerge([Load("sign", 10)], 2, BeginNs, (_, _) => { });
        merge.Add(0, new EndedOperation(0, 0, 4, 0, 1), null).Should().BeTrue();

        merge.Add(worker, new EndedOperation(load, 0, number, 0, 1), null).Should().BeFalse(because);
    }

    private static PlannedLoad Load(string name, double perSecond) => new(name, "fake", perSecond, TimeSpan.FromSeconds(2), new Dictionary<string, string>());

    /// <summary>What happened to every operation of the plan, whoever fired it.</summary>
    private static IEnumerable<(long Number, Sample Sample, string? Failure)> Operations()
    {
        for (ushort load = 0; load < Loads.Length; load++)
        {
            var schedule = Schedule.Of(Loads[load].Arrivals, load, Loads.Length, Share.Whole);
            for (; BeginNs + schedule.NextNs < StopNs; schedule.Advance())
            {
                var random = new Seed((int)schedule.Number).StreamFor(Loads[load].Name);
                var planned = BeginNs + schedule.NextNs;
                var fired = random.Next(50) == 0 ? Sample.Never : planned + random.Next(10_000, 4_000_000);
                var failure = fired == Sample.Never ? Outcome.NotFired : random.Next(10) switch { 0 => "unavailable", 1 => Outcome.TimedOut, _ => null };
                yield return (schedule.Number, new Sample(planned, fired, planned + random.Next(5_000_000, 1_900_000_000), load, 0), failure);
            }
        }
    }

    private static async Task<byte[]> FileOfAsync(int workers, int shuffleSeed, Func<EndedOperation, EndedOperation>? change = null)
    {
        var file = new FileInfo(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));
        await using (var samples = new SampleWriter(file, TimeProvider.System))
        {
            var merge = new SampleMerge(Loads, workers, BeginNs, (sample, failure) => samples.Record(
                failure is null ? sample : sample with { Outcome = samples.NumberOf(Outcome.Failed(failure)) }));
            var shuffled = Operations().ToArray();
            new Random(shuffleSeed).Shuffle(shuffled);
            foreach (var (number, sample, failure) in shuffled)
            {
                // The worker's own clock began at another time: what it tells does not show that.
                var told = EndedOperation.Of(number, sample with { PlannedNs = sample.PlannedNs - 5, FiredNs = sample.FiredNs == Sample.Never ? Sample.Never : sample.FiredNs - 5, CompletedNs = sample.CompletedNs - 5 });
                var sent = EndedOperation.Read(EndedOperation.Write([told])).Single();
                merge.Add((int)(number % workers), change?.Invoke(sent) ?? sent, failure);
            }

            merge.Close(StopNs);
        }

        var bytes = await File.ReadAllBytesAsync(file.FullName);
        file.Delete();
        return bytes;
    }

    private static async Task<FileInfo> OnDiskAsync(byte[] bytes)
    {
        var file = new FileInfo(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));
        await File.WriteAllBytesAsync(file.FullName, bytes);
        return file;
    }

    private static SampleSet Recorded(IEnumerable<(Sample Sample, string? Failure)> operations)
    {
        var names = new List<string>();
        var samples = new List<Sample>();
        foreach (var (sample, failure) in operations)
        {
            if (failure is not null && !names.Contains(failure))
            {
                names.Add(failure);
            }

            samples.Add(sample with { Outcome = (ushort)(failure is null ? 0 : names.IndexOf(failure) + 1) });
        }

        return new SampleSet(samples, names.Select((name, index) => (name, index)).ToDictionary(pair => (ushort)(pair.index + 1), pair => pair.name));
    }

    private static byte[] Judge(SampleSet samples)
    {
        var builder = new RecordingBuilder("merge", TimeSpan.FromSeconds(26)).Phase("baseline", TimeSpan.FromSeconds(12)).Phase("after", TimeSpan.FromSeconds(18));
        foreach (var load in Loads)
        {
            builder.Objective(load.Name, new Measure(MeasureKind.Latency, 99), 1.5, "baseline")
                .Objective(load.Name, new Measure(MeasureKind.Availability), 0.9, "whole")
                .Objective(load.Name, new Measure(MeasureKind.LongestOutage), 1, "after");
        }

        var recording = builder.Build();
        var result = Core.Judging.Judge.Of(recording with { Plan = recording.Plan with { Loads = Loads }, Samples = samples }, []);
        return JsonSerializer.SerializeToUtf8Bytes(result, HarnessJson.Pretty);
    }
}
