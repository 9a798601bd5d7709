using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;

namespace Validation.Load.Tests;

/// <summary>Populations under the system's clock, for a fraction of a second: what is planned when is known, what is late is not.</summary>
[Collection(WallClockTests.Name)]
public sealed class PopulationTests : IDisposable
{
    private static readonly TimeSpan RunFor = TimeSpan.FromMilliseconds(400);

    private readonly FileInfo _file = new(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));

    [Fact]
    public async Task RunAsync_MembersThatPlanTheirNext_FiresEachWhenItIsDue()
    {
        // However slow the machine is: it ends when the fourth was fired.
        using var fourth = new CancellationTokenSource();
        var samples = await RunAsync(book => PlanChain(book, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(100), fourth), stop: fourth);

        samples.Samples.Take(4).Select(sample => sample.PlannedNs / 1_000_000).Should().Equal(50, 150, 250, 350);
        samples.Samples.Should().OnlyContain(sample => sample.FiredNs >= sample.PlannedNs && sample.Load == 1);
    }

    [Fact]
    public async Task RunAsync_StreamsOfAPopulation_StandBetweenThoseOfItsNeighbours()
    {
        var samples = await RunAsync(
            book =>
            {
                book.Plan(0, TimeSpan.Zero, Succeed);
                book.Plan(1, TimeSpan.Zero, (_, _) => new(Outcome.Failed("refused")));
            },
            hasNeighbours: true);

        samples.Samples.GroupBy(sample => sample.Load).Select(stream => stream.Key).Order().Should().Equal(0, 1, 2, 3);
        samples.Samples.Where(sample => sample.Load == 2).Should().ContainSingle().Which.Succeeded.Should().BeFalse();
        samples.Samples.Where(sample => sample.Load is 0 or 3).Should().OnlyContain(sample => sample.Succeeded);
    }

    [Fact]
    public async Task RunAsync_WhatWasDueBeforeTheStop_IsCountedAndWhatComesLaterIsNot()
    {
        var samples = await RunAsync(book =>
        {
            book.Plan(0, TimeSpan.FromMilliseconds(390), async (_, _) =>
            {
                // Answered after the stop, and then its next one is due.
                await Task.Delay(100, CancellationToken.None);
                book.Plan(0, book.Now, Succeed);
                return Outcome.Success;
            });
            book.Plan(0, TimeSpan.FromSeconds(5), Succeed);
        });

        samples.Samples.Should().ContainSingle().Which.PlannedNs.Should().Be(390_000_000);
    }

    [Fact]
    public async Task RunAsync_OperationThatIsNotAnswered_IsATimeoutFromTheInstantItWasDue()
    {
        var samples = await RunAsync(book => book.Plan(0, TimeSpan.FromMilliseconds(100), async (_, token) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
            return Outcome.Success;
        }));

        var sample = samples.Samples.Should().ContainSingle().Which;
        samples.Failures[sample.Outcome].Should().Be(Outcome.TimedOut);
        sample.LatencyNs.Should().BeGreaterThanOrEqualTo(1_000_000_000);
    }

    [Fact]
    public async Task Remind_BeforeTheStop_CallsBackAndMayPlan()
    {
        var samples = await RunAsync(book => book.Remind(TimeSpan.FromMilliseconds(100), () => book.Plan(1, TimeSpan.FromMilliseconds(200), Succeed)));

        samples.Samples.Should().ContainSingle().Which.Load.Should().Be(2);
    }

    public void Dispose() => _file.Delete();

    private static ValueTask<Outcome> Succeed(Operation operation, CancellationToken cancellationToken) => new(Outcome.Success);

    private static void PlanChain(IOperationBook book, TimeSpan due, TimeSpan interval, CancellationTokenSource fourth) => book.Plan(0, due, (operation, _) =>
    {
        PlanChain(book, due + interval, interval, fourth);
        if (operation.Number == 3)
        {
            fourth.Cancel();
        }

        return new(Outcome.Success);
    });

    private static ReadyLoad Neighbour(string name) => new(
        new LoadSpec { Name = name, Driver = new DriverKind("one", "One.", []), Arrivals = new Rate(10), Timeout = TimeSpan.FromSeconds(1) },
        new OneAnswer());

    /// <summary>Runs a population of two kinds of operations as the second of the loads, with the first at its index 1.</summary>
    private async Task<SampleSet> RunAsync(Action<IOperationBook> begin, bool hasNeighbours = false, CancellationTokenSource? stop = null)
    {
        var kind = new DriverKind("many", "Many.", []) { Operations = [new OperationKind("first", "First."), new OperationKind("second", "Second.")] };
        var population = new ReadyLoad(
            new LoadSpec { Name = "members", Driver = kind, Arrivals = new OwnArrivals(default), Timeout = TimeSpan.FromSeconds(1) }, new Members(begin));
        ReadyLoad[] loads = hasNeighbours
            ? [Neighbour("before"), population, Neighbour("after")]
            : [Neighbour("before") with { Spec = Neighbour("before").Spec with { Arrivals = new Rate(1e-9) } }, population];
        using var afterAWhile = new CancellationTokenSource(stop is null ? RunFor : TimeSpan.FromSeconds(15));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(afterAWhile.Token, stop?.Token ?? default);
        await using (var samples = new SampleWriter(_file, TimeProvider.System))
        {
            await new OpenLoopGenerator(TimeProvider.System)
                .RunAsync(loads, new RunClock(TimeProvider.System), samples, new NoEvents(), end.Token)
                .WaitAsync(TimeSpan.FromSeconds(20));
        }

        var read = SampleFile.Read(_file);
        return read with { Samples = [.. read.Samples.Where(sample => hasNeighbours || sample.Load > 0).OrderBy(sample => sample.PlannedNs)] };
    }

    private sealed class Members(Action<IOperationBook> begin) : IPopulation
    {
        public void Begin(IOperationBook book) => begin(book);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class OneAnswer : IFiredLoad
    {
        public ValueTask<Outcome> RunAsync(Operation operation, CancellationToken cancellationToken) => new(Outcome.Success);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class NoEvents : IEventSink
    {
        public RunEvent Record(Fact fact) => new(TimeSpan.Zero, fact);
    }
}
