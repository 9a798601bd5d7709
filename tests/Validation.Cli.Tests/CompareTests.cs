using Validation.Core;
using Validation.Core.Comparing;
using Validation.Core.Running;

namespace Validation.Cli.Tests;

public sealed class CompareTests : CommandLineTest
{
    [Fact]
    public async Task Compare_ARunWithItself_SaysThatOneIsNotEnough()
    {
        var run = await RecordAsync();

        (await RunAsync("compare", run.Root.FullName, run.Root.FullName)).Should().Be(ExitCode.Pass, "nothing differs at all");

        Console.Should().Contain("1 runs before, 1 after").And.Contain("unchanged");
    }

    [Fact]
    public async Task Compare_ABaselineFile_StandsForItsRuns()
    {
        var run = await RecordAsync();
        var file = Path.Combine(run.Root.FullName, "baseline.json");
        await RunAsync("compare", "--save-baseline", file, run.Root.FullName, run.Root.FullName);

        (await RunAsync("compare", file, run.Root.FullName)).Should().Be(ExitCode.Pass);

        Console.Should().Contain("holds the figures of 2 runs of quick-start").And.Contain("2 runs before, 1 after");
    }

    [Fact]
    public async Task Compare_APathAsTheShellSeesIt_IsFound()
    {
        var run = await RecordAsync();
        var path = Path.GetRelativePath(Environment.CurrentDirectory, run.Root.FullName);

        (await RunAsync("compare", path, path)).Should().Be(ExitCode.Pass);
    }

    [Fact]
    public async Task Compare_ARunWhoseFaultDidNotHealIsLeftOut_IsNotUnchanged()
    {
        var (run, broken) = (await RecordAsync(), await RecordAsync());
        var lines = await File.ReadAllLinesAsync(broken.Events.FullName);
        await File.WriteAllLinesAsync(broken.Events.FullName, lines.Where(line => !line.Contains("fault-healed", StringComparison.Ordinal)));

        (await RunAsync("compare", run.Root.FullName, $"{run.Root.FullName},{broken.Root.FullName}")).Should().Be(ExitCode.Inconclusive);

        Errors.Should().Contain("is left out").And.Contain("because of the stack");
    }

    [Fact]
    public async Task Compare_AFigureThatOneRunLacks_IsNamedAndNotUnchanged()
    {
        var (run, baseline) = (await RecordAsync(), Path.GetTempFileName());
        await RunAsync("compare", "--save-baseline", baseline, run.Root.FullName);
        var kept = HarnessJson.Read<Baseline>(new FileInfo(baseline));
        HarnessJson.Write(new FileInfo(baseline), kept with { Runs = [kept.Runs[0] with { Figures = [.. kept.Runs[0].Figures.Skip(1)] }] });

        (await RunAsync("compare", baseline, run.Root.FullName)).Should().Be(ExitCode.Inconclusive);

        Errors.Should().Contain($"{kept.Runs[0].Figures[0].Name} is not compared");
    }

    [Fact]
    public async Task Compare_ABaselineThatCannotBeWritten_IsInvalid()
    {
        var run = await RecordAsync();

        (await RunAsync("compare", "--save-baseline", Path.Combine(run.Root.FullName, "nowhere", "b.json"), run.Root.FullName)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("--save-baseline");
    }

    [Fact]
    public async Task Compare_ABaselineWithoutRuns_IsInvalid()
    {
        var run = await RecordAsync();
        var file = Path.Combine(run.Root.FullName, "baseline.json");
        await File.WriteAllTextAsync(file, """{ "runs": [null] }""");

        (await RunAsync("compare", file, run.Root.FullName)).Should().Be(ExitCode.InvalidInput);
    }

    [Fact]
    public async Task Compare_OneGroup_IsInvalid()
    {
        var run = await RecordAsync();

        (await RunAsync("compare", run.Root.FullName)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("two groups of runs");
    }

    [Fact]
    public async Task Compare_RunsOfDifferentScenarios_AreRefused()
    {
        var run = await RecordAsync();
        var other = await RecordAsync();
        HarnessJson.Write(other.Plan, HarnessJson.Read<Plan>(other.Plan) with { Scenario = "another" });

        (await RunAsync("compare", run.Root.FullName, other.Root.FullName)).Should().Be(ExitCode.InvalidInput);

        Errors.Should().Contain("'another'").And.Contain("Only runs of the same scenario");
    }
}
