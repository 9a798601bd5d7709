using Validation.Core;
using Validation.Core.Scenarios;

namespace Validation.Scenarios.Tests;

/// <summary>What a scenario says of an incident, and limits that are counted from the stack's configuration.</summary>
public sealed class IncidentTests
{
    private const string Incident = "{ source: spiffe/spire#4565, defect: cache-lost, caught-by: svid-verifies }";

    [Fact]
    public void Read_AnIncident_ArrivesInTheScenario()
    {
        var scenario = Read(Incident).Scenario!;

        scenario.Incident.Should().Be(new IncidentSpec("spiffe/spire#4565") { Defect = new DefectKind("cache-lost", "The cache is lost."), CaughtBy = "svid-verifies" });
        scenario.Stack.Defect.Should().BeNull("a defect is off unless somebody switches it on");
        scenario.Expect.Should().BeNull();
    }

    [Fact]
    public void WithDefect_AnIncidentThatNamesOne_ExpectsItToBeCaught()
    {
        var scenario = Read(Incident).Scenario!.WithDefect();

        scenario.Stack.Defect!.Name.Should().Be("cache-lost");
        scenario.Expect.Should().Be(new ExpectedFinding("svid-verifies") { AlsoOthers = true });
    }

    [Fact]
    public void WithDefect_AnIncidentWithoutOne_IsRefused() =>
        FluentActions.Invoking(() => Read("{ source: spiffe/spire#1562 }").Scenario!.WithDefect()).Should().Throw<HarnessException>()
            .WithMessage("*knows no defect*").Which.ExitCode.Should().Be(ExitCode.InvalidInput);

    [Theory]
    [InlineData("{ defect: cache-lost, caught-by: svid-verifies }", "has no 'source'")]
    [InlineData("{ source: x, defect: cash-lost, caught-by: svid-verifies }", "Did you mean 'cache-lost'?")]
    [InlineData("{ source: x, defect: cache-lost, caught-by: svid-verify }", "Did you mean 'svid-verifies'?")]
    [InlineData("{ source: x, defect: cache-lost }", "'defect' and 'caught-by' belong together")]
    [InlineData("{ source: x, caught-by: svid-verifies }", "'defect' and 'caught-by' belong together")]
    public void Read_AMistakeInTheIncident_SaysWhatWasMeant(string incident, string remedy) =>
        Read(incident).Diagnostics.Should().ContainSingle().Which.Message.Should().Contain(remedy);

    [Theory]
    [InlineData("time-to-recover: { bound: agent-retry-cap, plus: 30s }", 270, "agent-retry-cap 4m + 30s")]
    [InlineData("longest-outage: { bound: call-limit }", 30, "call-limit 30s")]
    [InlineData("time-to-recover: { bound: agent-retry-cap }", 48, "agent-retry-cap 48s", "sync-interval: 1s")]
    [InlineData("time-to-recover: { bound: agent-retry-cap }", 480, "agent-retry-cap 8m", "sync-interval: 1m")]
    [InlineData("time-to-recover: { bound: agent-ttl, plus: 5s }", 95, "agent-ttl 1m30s + 5s", "agent-ttl: 90s")]
    [InlineData("time-to-recover: { bound: entry-visibility, plus: 1s }", 6, "entry-visibility 5s + 1s")]
    [InlineData("time-to-recover: { bound: entry-visibility, plus: 1s }", 11, "entry-visibility 10s + 1s", "ca-ttl: 24h", "replicas")]
    public void Read_ALimitFromTheConfiguration_IsComputedAndSaysWhereItComesFrom(
        string measure, double seconds, string source, string spire = "ca-ttl: 24h", string reads = "primary")
    {
        var objective = Read(Incident, measure, spire, reads).Scenario!.Objectives.Single();

        objective.Limit.Should().Be(seconds);
        objective.LimitText().Should().EndWith($" ({source})");
    }

    [Theory]
    [InlineData("time-to-recover: { bound: agent-retry-cup }", "Did you mean 'agent-retry-cap'?")]
    [InlineData("time-to-recover: { plus: 30s }", "has no 'bound'")]
    [InlineData("time-to-recover: { bound: agent-ttl, plus: 30 }", "Write '30s'")]
    [InlineData("availability: { bound: agent-ttl }", "must be a single value")]
    [InlineData("balance: { bound: agent-ttl }", "must be a single value")]
    [InlineData("balance: 0.9", "a number of 1 or more")]
    [InlineData("balance: 3", "cannot be exceeded: there are 3 servers")]
    public void Read_AMistakeInALimit_SaysWhatWasMeant(string measure, string remedy) =>
        Read(Incident, measure).Diagnostics.Should().ContainSingle().Which.Message.Should().Contain(remedy);

    private static ScenarioReading Read(string incident, string measure = "time-to-recover: 10s", string spire = "ca-ttl: 24h", string reads = "primary") => TestCatalog.Read($$"""
        scenario: incident
        question: Does it happen here?
        incident: {{incident}}
        stack: { spire: { {{spire}} }, database: { reads: {{reads}} } }
        load:
          fetch: { driver: x509-svid-fetch, arrivals: 20/s }
        phases:
          - { name: broken, for: 20s, faults: [{ fault: kill, target: pooler, at: 1s }] }
        objectives:
          - { load: fetch, window: broken, {{measure}} }
        """);
}
