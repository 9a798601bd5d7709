using System.Diagnostics;
using Validation.Core;
using Validation.Core.Running;

namespace Validation.SystemTests;

/// <summary>Worker processes share the loads of a run on a real stack.</summary>
[Trait("Kind", "System")]
public sealed class WorkersTests
{
    [SkippableFact]
    public async Task Run_WithTwoWorkers_PassesAndEveryShareIsAccountedFor()
    {
        Capability.RequireRoot();
        using var harness = await Harness.RunAsync("short-kill.yaml", "--workers", "2");

        harness.ExitCode.Should().Be(ExitCode.Pass, harness.Output);
        var recording = harness.Recording();
        recording.Facts<WorkerDone>().Select(fact => fact.Fact).Should().HaveCount(2).And.OnlyContain(done => done.Missing == 0 && done.Reported > 0);
        foreach (var load in Enumerable.Range(0, recording.Plan.Loads.Count))
        {
            var planned = recording.SamplesOf((ushort)load).Select(sample => sample.PlannedNs).ToArray();
            var interval = 1e9 / recording.Plan.Loads[load].PerSecond;
            planned.Zip(planned.Skip(1)).Should().OnlyContain(pair => Math.Abs(pair.Second - pair.First - interval) <= 1, "no operation of the plan is missing or double");
        }

        harness.Result().Findings.Where(finding => finding.Name.StartsWith("worker", StringComparison.Ordinal)).Should().HaveCount(2);
        harness.Run().Logs.GetFiles("worker-*.log").Should().HaveCount(2);
        (await harness.Leftovers.FindAsync()).Should().BeEmpty();
    }

    [SkippableFact]
    public async Task Run_AWorkerIsKilledInTheMiddle_IsInconclusiveAndNotSmaller()
    {
        Capability.RequireRoot();
        using var harness = Harness.Start([], Harness.Here(), "run", Harness.PathOf("short-kill.yaml"), "--workers", "4");
        await harness.WaitForAsync<PhaseStarted>(_ => true, TimeSpan.FromMinutes(4));
        await Task.Delay(TimeSpan.FromSeconds(3));

        Process.GetProcessById(WorkerOf(harness.Reports, 3)).Kill();

        (await harness.WaitAsync()).Should().Be(ExitCode.Inconclusive, harness.Output);
        var recording = harness.Recording();
        recording.Facts<WorkerLost>().Single().Fact.Worker.Should().Be(3);
        var done = recording.Facts<WorkerDone>().Select(fact => fact.Fact).ToArray();
        done.Single(fact => fact.Worker == 3).Missing.Should().BeGreaterThan(0);
        recording.Samples.Samples.LongCount(sample => recording.IsWorkerLost(sample)).Should().Be(done.Sum(fact => fact.Missing));
        harness.Result().Findings.Single(finding => finding.Name == "worker 3 of 4").Statement.Should().Contain("It was lost");
        (await harness.Leftovers.FindAsync()).Should().BeEmpty();
    }

    /// <summary>Finds a worker of this run: its standard output is a log in this run's folder.</summary>
    private static int WorkerOf(DirectoryInfo reports, int number) => Process.GetProcesses().Select(process => process.Id).Single(id =>
    {
        try
        {
            return new FileInfo($"/proc/{id}/fd/1").LinkTarget is { } log
                && log.StartsWith(reports.FullName, StringComparison.Ordinal) && log.EndsWith($"worker-{number}.log", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    });
}
