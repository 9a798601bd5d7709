using System.Text.Json;
using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Running;

namespace Validation.Cli.Tests;

/// <summary>A recorded run is judged and reported from its folder alone, anywhere and again.</summary>
public sealed class RecordedRunTests : CommandLineTest
{
    [Fact]
    public async Task Judge_ARecordedRun_WritesResultAndReportsAndReturnsItsVerdict()
    {
        var run = await RecordAsync();

        var exitCode = await RunAsync("judge", run.Root.FullName);

        exitCode.Should().Be(ExitCode.Fail, "the failover of the sample run takes longer than allowed");
        run.Result.Exists.Should().BeTrue();
        run.HtmlReport.Exists.Should().BeTrue();
        run.MarkdownReport.Exists.Should().BeTrue();
        run.JUnitReport.Exists.Should().BeTrue();
        Console.Should().Contain("FAIL");
    }

    [Fact]
    public async Task Judge_ALineInTheMiddleOfTheEventsIsCut_NamesItAndIsInvalid()
    {
        var run = await RecordAsync();
        var lines = await File.ReadAllLinesAsync(run.Events.FullName);
        lines[1] = lines[1][..10];
        await File.WriteAllLinesAsync(run.Events.FullName, lines);

        (await RunAsync("judge", run.Root.FullName)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain($"{run.Events.Name}:2: is no event.");
    }

    [Fact]
    public async Task Judge_APlanWithAnObjectiveAboutNoLoad_SaysWhichThereAre()
    {
        var run = await RecordAsync();
        var plan = await File.ReadAllTextAsync(run.Plan.FullName);
        await File.WriteAllTextAsync(run.Plan.FullName, plan.Replace("\"load\": \"fetch\"", "\"load\": \"fecth\"", StringComparison.Ordinal));

        (await RunAsync("judge", run.Root.FullName)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("is about 'fecth', which is no load. Did you mean 'fetch'?");
    }

    [Fact]
    public async Task Judge_TheSameRunTwice_GivesTheSameBytes()
    {
        var run = await RecordAsync();
        await RunAsync("judge", run.Root.FullName);
        var first = await File.ReadAllBytesAsync(run.Result.FullName);

        await RunAsync("judge", run.Root.FullName);

        (await File.ReadAllBytesAsync(run.Result.FullName)).Should().Equal(first);
    }

    [Fact]
    public async Task Judge_WithJson_WritesTheResultForMachines()
    {
        var run = await RecordAsync();

        await RunAsync("judge", run.Root.FullName, "--json");

        JsonDocument.Parse(Output).RootElement.GetProperty("verdict").GetString().Should().Be("fail");
    }

    [Fact]
    public async Task Judge_ByTheObjectivesOfAnotherScenario_JudgesThose()
    {
        var run = await RecordAsync();
        var lenient = Write("lenient.yaml", """
            scenario: lenient
            question: Is anything served at all?
            load:
              fetch: { driver: x509-svid-fetch, arrivals: 20/s }
            phases:
              - { name: baseline, for: 20s }
            objectives:
              - { load: fetch, availability: 10%, minimum-samples: 10 }
            invariants: [serial-unique]
            """);

        await RunAsync("judge", run.Root.FullName, "--objectives-of", lenient, "--json");

        var result = JsonSerializer.Deserialize<RunResult>(Output, HarnessJson.Pretty)!;
        result.Findings.Where(finding => finding.Kind == FindingKind.Objective).Select(finding => finding.Name).Should().Equal("fetch availability whole");
    }

    [Fact]
    public async Task Judge_Repetitions_JudgesEachAndAllOfThem()
    {
        var recorded = await RecordAsync();
        var all = RunDirectory.Create(Folder.CreateSubdirectory("all"));
        foreach (var repetition in new[] { all.CreateRepetition(1), all.CreateRepetition(2) })
        {
            foreach (var file in recorded.Root.GetFiles())
            {
                file.CopyTo(Path.Combine(repetition.Root.FullName, file.Name));
            }
        }

        HarnessJson.Write(all.Plan, HarnessJson.Read<Plan>(recorded.Plan) with { Repeat = 2 });

        (await RunAsync("judge", all.Root.FullName)).Should().NotBe(ExitCode.Pass);

        all.Repetitions.Should().HaveCount(2).And.OnlyContain(repetition => repetition.HtmlReport.Exists);
        HarnessJson.Read<RunResult>(all.Result).Findings.Should().Contain(finding => finding.Name == "repetitions" && finding.Verdict == Verdict.Pass);
        (await RunAsync("report", all.Root.FullName)).Should().Be(ExitCode.Pass);
    }

    [Fact]
    public async Task Recover_ARunThatWasKilledWhileAFaultWasInForce_NamesItAndHasNothingToDoInLocal()
    {
        var run = await RecordAsync();
        var lines = await File.ReadAllLinesAsync(run.Events.FullName);
        var inForce = Array.FindIndex(lines, line => line.Contains("\"fault-injected\"", StringComparison.Ordinal));
        await File.WriteAllLinesAsync(run.Events.FullName, lines[..(inForce + 1)]);

        foreach (var time in (int[])[1, 2])
        {
            var before = Console.Length;
            (await RunAsync("recover", run.Root.FullName)).Should().Be(ExitCode.Pass, $"it can be done again, time {time}");
            Console[before..].Should().Contain("was begun after").And.Contain("not seen to be over").And.Contain("Nothing to do");
        }
    }

    [Fact]
    public async Task Recover_ARunThatCameToItsEnd_HasNoOpenFault()
    {
        var run = await RecordAsync();

        (await RunAsync("recover", run.Root.FullName)).Should().Be(ExitCode.Pass);

        Console.Should().Contain("no fault that was begun and not seen to be over");
    }

    [Fact]
    public async Task Recover_InAnotherEnvironmentThanTheRuns_IsRefused()
    {
        var run = await RecordAsync();

        (await RunAsync("recover", run.Root.FullName, "--environment", "k3s")).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("was in 'local', not in 'k3s'");
    }

    [Fact]
    public async Task Report_AJudgedRun_WritesTheReportsAgain()
    {
        var run = await RecordAsync();
        await RunAsync("judge", run.Root.FullName);
        run.HtmlReport.Delete();

        (await RunAsync("report", run.Root.FullName)).Should().Be(ExitCode.Pass);

        File.Exists(run.HtmlReport.FullName).Should().BeTrue();
    }

    [Fact]
    public async Task Judge_ARunThatWasKilled_IsInconclusive()
    {
        var run = await RecordAsync();
        var lines = await File.ReadAllLinesAsync(run.Events.FullName);
        await File.WriteAllLinesAsync(run.Events.FullName, lines[..(lines.Length / 2)]);

        (await RunAsync("judge", run.Root.FullName)).Should().BeOneOf(ExitCode.Inconclusive, ExitCode.Fail);

        Console.Should().Contain("The run was cut short");
    }
}
