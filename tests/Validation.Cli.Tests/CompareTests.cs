using Validation.Core;
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
