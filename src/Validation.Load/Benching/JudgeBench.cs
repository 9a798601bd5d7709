using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;

namespace Validation.Load.Benching;

/// <summary>Measures how long it takes to read a large recording from disk and to judge it.</summary>
public sealed class JudgeBench
{
    private const int Loads = 4;
    private const int Phases = 3;
    private static readonly TimeSpan PhaseLength = TimeSpan.FromMinutes(10);

    private static readonly (Measure Measure, double Limit)[] Asked =
        [(new(MeasureKind.Latency, 99), 1), (new(MeasureKind.Availability), 0.9), (new(MeasureKind.LongestOutage), 1)];

    private readonly TimeProvider _time;

    /// <summary>Creates the bench.</summary>
    /// <param name="time">The clock.</param>
    public JudgeBench(TimeProvider time) => _time = time;

    /// <summary>Writes a made-up recording, reads it and judges it.</summary>
    /// <param name="operations">How many operations it has.</param>
    /// <param name="folder">Where to write it; gone afterwards.</param>
    public async Task<JudgeResult> MeasureAsync(int operations, DirectoryInfo folder)
    {
        folder.Create();
        try
        {
            var file = new FileInfo(Path.Combine(folder.FullName, "samples.bin"));
            var begin = _time.GetTimestamp();
            await WriteAsync(file, operations);
            var written = _time.GetElapsedTime(begin);

            begin = _time.GetTimestamp();
            var samples = SampleFile.Read(file);
            var read = _time.GetElapsedTime(begin);

            begin = _time.GetTimestamp();
            var result = Judge.Of(new RunRecording(Plan(), Events(), samples, [], new Dictionary<string, string>()), []);
            return new JudgeResult(samples.Samples.Count, result.Findings.Count, written, read, _time.GetElapsedTime(begin));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static RunEvent[] Events() =>
    [
        new(TimeSpan.Zero, new LoadsStarted()),
        .. Enumerable.Range(0, Phases).SelectMany(phase => new RunEvent[]
        {
            new(phase * PhaseLength, new PhaseStarted($"phase-{phase}")),
            new((phase + 1) * PhaseLength, new PhaseEnded($"phase-{phase}")),
        }),
        new(Phases * PhaseLength, new LoadsStopped()),
        new(Phases * PhaseLength, new RunEnded()),
    ];

    private static Plan Plan() => new()
    {
        Scenario = "bench",
        Question = "How long does judging take?",
        File = "bench.yaml",
        Seed = 1,
        Environment = "none",
        Nodes = [],
        Loads = [.. Enumerable.Range(0, Loads).Select(load => new PlannedLoad($"load-{load}", "none", 1, TimeSpan.FromSeconds(10), new Dictionary<string, string>()))],
        Phases = [.. Enumerable.Range(0, Phases).Select(phase => new PlannedPhase($"phase-{phase}", phase * PhaseLength, PhaseLength))],
        Faults = [],
        Objectives =
        [
            .. from load in Enumerable.Range(0, Loads)
               from phase in Enumerable.Range(0, Phases)
               from objective in Asked
               select new ObjectiveSpec
               {
                   Name = $"load-{load} {objective.Measure.Name} phase-{phase}",
                   Load = $"load-{load}",
                   Window = new WindowName($"phase-{phase}"),
                   Measure = objective.Measure,
                   Limit = objective.Limit,
                   MinimumSamples = 10,
               },
        ],
        Invariants = [],
        Promises = [],
    };

    // In the order in which they ended, as a run writes them.
    private async Task WriteAsync(FileInfo file, int operations)
    {
        await using var writer = new SampleWriter(file, _time);
        var random = new Seed(1).StreamFor("bench");
        var intervalNs = (long)(Phases * PhaseLength).TotalNanoseconds / operations;
        var underWay = new PriorityQueue<Sample, long>();
        for (var number = 0; number < operations; number++)
        {
            var planned = number * intervalNs;
            var completed = planned + (long)(-Math.Log(1 - random.NextDouble()) * 5_000_000);
            var failed = random.Next(1_000) == 0;
            underWay.Enqueue(
                new Sample(planned, planned + 50_000, completed, (ushort)(number % Loads), writer.NumberOf(failed ? Outcome.Failed("unavailable") : Outcome.Success)), completed);
            while (underWay.TryPeek(out var ended, out var at) && at <= planned)
            {
                writer.Record(ended);
                underWay.Dequeue();
            }
        }

        while (underWay.TryDequeue(out var ended, out _))
        {
            writer.Record(ended);
        }
    }
}
