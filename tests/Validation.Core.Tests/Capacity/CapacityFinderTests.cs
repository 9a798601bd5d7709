using Validation.Core.Capacity;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Core.Tests.Capacity;

public class CapacityFinderTests
{
    private static readonly ObjectiveSpec P99Within100Ms = SimulatedStack.Objective(new Measure(MeasureKind.Latency, 99), 0.1);
    private static readonly ObjectiveSpec Availability99 = SimulatedStack.Objective(new Measure(MeasureKind.Availability), 0.99);

    [Theory]
    [InlineData(500, 60, 10)]
    [InlineData(2_000, 60, 10)]
    [InlineData(150, 40, 40)]
    public async Task Find_AQueueOfKnownCapacity_FindsItWithin10Percent(double serviceRate, double from, int windowSeconds)
    {
        var truth = RateAtWhichP99Is(0.1, serviceRate);

        var (answer, levels, confirmed) = await new QueueStack(serviceRate).FindAsync(
            SimulatedStack.Scenario(from, P99Within100Ms),
            new CapacityOptions { Window = TimeSpan.FromSeconds(windowSeconds), Confirm = TimeSpan.FromSeconds(3 * windowSeconds) });

        confirmed!.Value.PerSecond.Should().BeApproximately(truth, truth * 0.1);
        answer.Verdict.Should().Be(Verdict.Pass);
        answer.Bottleneck!.Kind.Should().Be(BottleneckKind.Unknown, "nobody could tell what the nodes use");
        levels.Should().ContainSingle(level => level.Rate == confirmed && level.Purpose == LevelPurpose.Confirm && level.Outcome == LevelOutcome.Met);
    }

    [Fact]
    public async Task Find_AStackThatRefusesBeyondARate_FindsTheRateAndNamesTheLimit()
    {
        var (answer, _, confirmed) = await new RefusingStack(730).FindAsync(SimulatedStack.Scenario(50, Availability99), new CapacityOptions());

        confirmed!.Value.PerSecond.Should().BeApproximately(730, 73);
        answer.Verdict.Should().Be(Verdict.Pass);
        answer.Bottleneck!.Kind.Should().Be(BottleneckKind.RateLimit);
        answer.Bottleneck.Statement.Should().Contain("resource-exhausted");
    }

    [Fact]
    public async Task Find_AGeneratorThatFallsBehind_SaysAtLeastAndIsInconclusive()
    {
        var (answer, levels, confirmed) = await new QueueStack(5_000) { GeneratorLimit = 600 }
            .FindAsync(SimulatedStack.Scenario(50, P99Within100Ms), new CapacityOptions());

        confirmed!.Value.PerSecond.Should().BeInRange(540, 610);
        answer.Verdict.Should().Be(Verdict.Inconclusive);
        answer.Statement.Should().StartWith("At least ").And.Contain("the harness was the limit");
        answer.Bottleneck!.Kind.Should().Be(BottleneckKind.Generator);
        levels.Should().Contain(level => level.Outcome == LevelOutcome.HarnessLimited);
    }

    [Fact]
    public async Task Find_TheLowestRateFails_FailsAfterOneLevel()
    {
        var (answer, levels, confirmed) = await new QueueStack(50).FindAsync(SimulatedStack.Scenario(60, P99Within100Ms), new CapacityOptions());

        confirmed.Should().BeNull();
        levels.Should().ContainSingle().Which.Outcome.Should().Be(LevelOutcome.Failed);
        answer.Verdict.Should().Be(Verdict.Fail);
        answer.Statement.Should().StartWith("Even 60/s");
    }

    [Fact]
    public async Task Find_UpToAHighestRate_AsksForNoMore()
    {
        var stack = new QueueStack(5_000);

        var (answer, levels, confirmed) = await stack.FindAsync(SimulatedStack.Scenario(60, P99Within100Ms), new CapacityOptions { To = new Rate(300) });

        confirmed.Should().Be(new Rate(300));
        levels.Max(level => level.Rate.PerSecond).Should().Be(300);
        answer.Should().Match<CapacityAnswer>(found => found.Verdict == Verdict.Pass && found.Bottleneck == null);
        stack.Last!.Purpose.Should().Be(LevelPurpose.Confirm);
    }

    [Theory]
    [InlineData(Roles.SpireServer, BottleneckKind.ServerProcessor)]
    [InlineData(Roles.Postgres, BottleneckKind.Database)]
    [InlineData(Roles.LoadBalancer, BottleneckKind.OtherProcessor)]
    public async Task Find_NodesThatUseUpTheProcessors_AreNamedWithTheirFigures(string role, BottleneckKind kind)
    {
        var stack = new QueueStack(500)
        {
            Use = rate => new StackUse { Over = TimeSpan.FromSeconds(2), Nodes = [new NodeUse($"{role}-1", role, rate / 250), new NodeUse("workload-1", Roles.Workload, 0.1)], SharedProcessors = 2 },
        };

        var (answer, _, _) = await stack.FindAsync(SimulatedStack.Scenario(60, P99Within100Ms), new CapacityOptions());

        answer.Bottleneck!.Kind.Should().Be(kind);
        answer.Bottleneck.Statement.Should().Contain("used, of 2").And.Contain($"{role} 2.0").And.Contain("workload 0.1");
    }

    [Fact]
    public async Task Find_ClientsThatWaitForThePool_AreNamedBeforeTheProcessors()
    {
        var stack = new QueueStack(500)
        {
            Use = rate => new StackUse { Over = TimeSpan.FromSeconds(2), Nodes = [new NodeUse("postgres-1", Roles.Postgres, 2)], SharedProcessors = 2, WaitingClients = rate > 400 ? 7 : 0 },
        };

        var (answer, _, _) = await stack.FindAsync(SimulatedStack.Scenario(60, P99Within100Ms), new CapacityOptions());

        answer.Bottleneck!.Kind.Should().Be(BottleneckKind.Pool);
        answer.Bottleneck.Statement.Should().StartWith("7 clients waited");
    }

    [Fact]
    public async Task Scalability_AQueue_ApproachesTheServiceRateAndLeavesOutWhatIsNotSteady()
    {
        var (_, levels, _) = await new QueueStack(500).FindAsync(SimulatedStack.Scenario(60, P99Within100Ms), new CapacityOptions());

        var scalability = Scalability.Of(levels, new Random(1));

        levels.Where(level => level.IsSteady).Select(level => level.Rate).Distinct().Count().Should().BeGreaterThanOrEqualTo(6);
        var law = scalability.Law!;
        (law.Ceiling ?? law.Peak ?? law.At(law.Limit)).Should().BeApproximately(500, 50, scalability.Statement);
        levels.Should().Contain(level => !level.IsSteady);
        law.LargestMeasured.Should().Be(levels.Where(level => level.IsSteady).Max(level => level.Concurrency));
    }

    [Fact]
    public async Task Scalability_LevelsThatTheGeneratorLimited_AreNotFitted()
    {
        var (_, levels, _) = await new QueueStack(500).FindAsync(SimulatedStack.Scenario(60, P99Within100Ms), new CapacityOptions());
        var limited = levels.Select(level => level with { Outcome = LevelOutcome.HarnessLimited }).ToArray();

        Scalability.Of(limited, new Random(1)).Should().Match<Scalability>(none => none.Law == null && none.Statement.Contains("6 rates"));
    }

    [Fact]
    public async Task Scalability_OperationsThatNeverMeet_TellNothingOfContention()
    {
        var (_, levels, _) = await new QueueStack(50_000).FindAsync(SimulatedStack.Scenario(60, P99Within100Ms), new CapacityOptions { To = new Rate(5_000) });

        Scalability.Of(levels, new Random(1)).Should().Match<Scalability>(none => none.Law == null && none.Statement.Contains("hardly ever more than one"));
    }

    /// <summary>Even arrivals at a server with exponential service times (D/M/1): response times are exponential too.</summary>
    private static double RateAtWhichP99Is(double limit, double serviceRate)
    {
        double P99(double rate)
        {
            var root = 0.5;
            for (var i = 0; i < 10_000; i++)
            {
                root = Math.Exp(-serviceRate * (1 - root) / rate);
            }

            return Math.Log(100) / (serviceRate * (1 - root));
        }

        var (low, high) = (serviceRate * 0.01, serviceRate * 0.9999);
        while (high - low > serviceRate * 1e-4)
        {
            var middle = (low + high) / 2;
            (low, high) = P99(middle) <= limit ? (middle, high) : (low, middle);
        }

        return low;
    }
}
