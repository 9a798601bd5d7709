using Validation.Core;
using Validation.TestKit;

namespace Validation.Cli.Tests;

public sealed class PlanTests : CommandLineTest
{
    public static TheoryData<string> Scenarios => [.. Shipped];

    public static TheoryData<string> InLocal => [.. ForLocal];

    [Theory]
    [MemberData(nameof(InLocal))]
    public async Task Plan_EveryShippedScenario_CanBePlanned(string scenario)
    {
        (await RunAsync("plan", scenario)).Should().Be(ExitCode.Pass, Errors);

        Console.Should().Contain("environment local");
    }

    [Fact]
    public async Task Plan_AFault_SaysWhatItNeedsHowItIsDoneAndWhatLeavesItWithoutAVerdict()
    {
        await RunAsync("plan", "scenarios/server-kill.yaml");

        Console.Should().Contain("fault kill: ").And.Contain("needs a node that can be killed").And.Contain("by  kill(SIGKILL)")
            .And.Contain("inconclusive when it is not seen in force within 10s");
    }

    [Fact]
    public async Task Plan_EveryFaultOfTheSelfTest_SaysHowItIsDone()
    {
        foreach (var scenario in ForLocal.Where(scenario => scenario.StartsWith("scenarios/selftest/", StringComparison.Ordinal)))
        {
            await RunAsync("plan", scenario);
        }

        var lines = Console.Split('\n');
        lines.Count(line => line.StartsWith("  needs ", StringComparison.Ordinal)).Should().BePositive().And.Be(lines.Count(line => line.StartsWith("    by  ", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void EveryShippedScenario_BeginsWithTheQuestionItAsksAndHasTheNameOfItsFile(string scenario)
    {
        var lines = Repository.Read(scenario).Split('\n');

        lines[0].Should().StartWith("# ").And.Contain("?");
        lines.Should().Contain($"scenario: {Path.GetFileNameWithoutExtension(scenario)}");
    }

    [Fact]
    public void ShippedScenarios_CanariesAlone_ExpectNotToPass() =>
        Shipped.Where(scenario => Repository.Read(scenario).Contains("\nexpect:", StringComparison.Ordinal))
            .Should().BeEquivalentTo(Shipped.Where(scenario => scenario.Contains("/canary-", StringComparison.Ordinal)).Append("scenarios/incidents/agent-life-over.yaml"));

    [Theory]
    [MemberData(nameof(InLocal))]
    public async Task EveryShippedScenario_HasThePowerToPassWhatItAsks(string scenario)
    {
        await RunAsync("plan", scenario);

        Console.Should().Contain("expect ").And.NotContain("cannot pass");
    }

    [Fact]
    public async Task Plan_AnObjectiveThatCannotPass_SaysWhatItWouldTake()
    {
        var scenario = Write("weak.yaml", Repository.Read("scenarios/quick-start.yaml").Replace("arrivals: 60/s", "arrivals: 20/s", StringComparison.Ordinal));

        (await RunAsync("plan", scenario)).Should().Be(ExitCode.Pass, "it is a warning and no refusal");

        Console.Should().Contain("? 'fetch availability whole' cannot pass").And.Contain("31/s");
    }

    [Fact]
    public async Task Plan_TheScenarioInTheReadme_CanBePlanned()
    {
        var readme = Repository.Read("README.md");
        var begin = readme.IndexOf("```yaml\n", StringComparison.Ordinal) + "```yaml\n".Length;
        var scenario = Write("readme.yaml", readme[begin..readme.IndexOf("```", begin, StringComparison.Ordinal)]);

        (await RunAsync("plan", scenario)).Should().Be(ExitCode.Pass, Errors);
        Console.Should().NotContain("cannot pass");
    }

    [Fact]
    public async Task Plan_TheSameSeedTwice_GivesTheSameBytes()
    {
        await RunAsync("plan", "--seed", "7", "--json");
        var first = Output;

        await RunAsync("plan", "--seed", "7", "--json");

        Output.Should().Be(first + first);
    }

    [Fact]
    public async Task Plan_ManySeeds_HitEveryServer()
    {
        for (var seed = 1; seed <= 12; seed++)
        {
            await RunAsync("plan", "scenarios/server-kill.yaml", "--seed", seed.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        Console.Should().Contain("target spire-server-1").And.Contain("target spire-server-2").And.Contain("target spire-server-3");
    }

    [Fact]
    public async Task List_Everything_NamesWhatScenariosCanBeMadeOf()
    {
        (await RunAsync("list")).Should().Be(ExitCode.Pass);

        Console.Should().ContainAll("partition", "x509-svid-sign", "acknowledged-entries-kept", "local", "scenarios/quick-start.yaml", "scenarios/incidents/primary-away.yaml", "agent-retry-cap", "never-reconnects");
    }
}
