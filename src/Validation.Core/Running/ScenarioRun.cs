using System.Globalization;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Core.Running;

/// <summary>
/// One execution of a scenario: bring the stack up, prepare the loads, fire them while the timeline walks the phases,
/// look once more, take everything down. Each step owns its undoing.
/// </summary>
/// <remarks>It only records. Nothing is judged here, so a mistake in a check can never lose a run.</remarks>
public sealed class ScenarioRun
{
    private readonly RunParts _parts;
    private readonly Scenario _scenario;
    private readonly Plan _plan;
    private readonly RunDirectory _directory;
    private readonly RunClock _clock;

    /// <summary>Creates the run.</summary>
    /// <param name="parts">What the run is made of.</param>
    /// <param name="scenario">The scenario.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="directory">The run's folder.</param>
    public ScenarioRun(RunParts parts, Scenario scenario, Plan plan, RunDirectory directory)
    {
        _parts = parts;
        _scenario = scenario;
        _plan = plan;
        _directory = directory;
        _clock = new RunClock(parts.Time);
    }

    /// <summary>Executes the scenario and leaves its recording in the run's folder.</summary>
    /// <param name="cancellationToken">Ends the run early; what was recorded stays and can be judged.</param>
    /// <exception cref="HarnessException">The stack did not come up, or the loads could not be prepared.</exception>
    public Task ExecuteAsync(CancellationToken cancellationToken) => RecordAsync(async (events, samples, svids) =>
    {
        await using var stack = await _parts.Environment.UpAsync(_scenario.StackForFaults, _directory.Logs, _parts.Watcher.Progress, cancellationToken);
        Describe(stack, events);
        await WithStackAsync(stack, events, samples, svids, cancellationToken);
    });

    /// <summary>Executes the scenario on a stack that is up, and leaves it up.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="cancellationToken">Ends the run early; what was recorded stays and can be judged.</param>
    /// <exception cref="HarnessException">The loads could not be prepared.</exception>
    public Task ExecuteOnAsync(IStack stack, CancellationToken cancellationToken) => RecordAsync(async (events, samples, svids) =>
    {
        Describe(stack, events);
        await WithStackAsync(stack, events, samples, svids, cancellationToken);
    });

    private async Task RecordAsync(Func<EventLog, SampleWriter, SvidFile, Task> run)
    {
        HarnessJson.Write(_directory.Plan, _plan);
        using var events = new EventLog(_directory.Events, _clock, _parts.Watcher.Saw);
        await using var samples = new SampleWriter(_directory.Samples, _parts.Time, _parts.Watcher.Saw);
        using var svids = new SvidFile(_directory.Svids, _clock, LoadIndexes());
        await run(events, samples, svids);
        events.Record(new RunEnded());
    }

    private void Describe(IStack stack, EventLog events)
    {
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in stack.Facts.Concat(_parts.Facts))
        {
            facts[name] = value;
        }

        facts[EnvironmentFactNames.StartedAt] = _clock.StartedAt.UtcDateTime.ToString("u", CultureInfo.InvariantCulture);
        if (stack is ISpireStack spire)
        {
            facts[EnvironmentFactNames.Spire] = spire.Flavor;
        }

        HarnessJson.Write(_directory.EnvironmentFacts, facts);
        events.Record(new StackReady(_clock.Now));
    }

    private async Task WithStackAsync(
        IStack stack, EventLog events, SampleWriter samples, SvidFile svids, CancellationToken cancellationToken)
    {
        using var watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watchers = _parts.Witnesses
            .Select(witness => WatchAsync(witness.Name, token => witness.WatchAsync(stack, events, token), events, watching.Token))
            .Append(WatchAsync("stack", token => stack.WatchAsync(events, token), events, watching.Token))
            .ToArray();
        try
        {
            await WithWitnessesAsync(stack, events, samples, svids, cancellationToken);
        }
        finally
        {
            await watching.CancelAsync();
            await Task.WhenAll(watchers);
        }

        foreach (var witness in _parts.Witnesses)
        {
            await WatchAsync(witness.Name, token => witness.ConcludeAsync(stack, events, token), events, cancellationToken);
        }
    }

    private async Task WithWitnessesAsync(
        IStack stack, EventLog events, SampleWriter samples, SvidFile svids, CancellationToken cancellationToken)
    {
        var site = new LoadSite(stack, (ISpireStack)stack, events, svids, new Seed(_plan.Seed), _parts.Time);
        var specs = _scenario.Loads.Select(load => load.Driver.IsPopulation ? load : load with { Arrivals = _plan.Loads[_plan.IndexOf(load.Name)].Arrivals });
        await using var loads = await PreparedLoads.PrepareAsync(specs, _parts.Drivers, site, _parts.Watcher.Progress, cancellationToken);
        var injectors = _parts.Injectors.ToDictionary(injector => injector.Kind.Name);
        var faults = new FaultRunner(injectors, new TargetResolver(site.Seed), stack, events, _parts.Time);

        var world = await ReadWorldAsync(stack, events, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var walk = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        events.Record(new LoadsStarted());
        var firing = _parts.Generator.RunAsync(loads.Ready, _clock, samples, events, stop.Token);
        var aborting = WatchAsync("abort", token => AbortAsync(events, walk, token), events, walk.Token);
        try
        {
            await WarmUpAsync(events, walk.Token);
            await new Timeline(faults, events, _parts.Time).WalkAsync(_scenario.Phases, walk.Token);
        }
        catch (OperationCanceledException) when (walk.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Aborted, and said so; whatever else has to be done at the end of a run is done.
        }
        finally
        {
            await walk.CancelAsync();
            await aborting;
            await stop.CancelAsync();
            await firing;
            events.Record(new LoadsStopped());
        }

        if (world is not null)
        {
            await WatchAsync("world", async token => events.Record(await world.EndAsync(token)), events, cancellationToken);
        }
    }

    /// <summary>Reads what faults will change; null when there are none, or when the stack cannot tell.</summary>
    private async Task<WorldComparison?> ReadWorldAsync(IStack stack, EventLog events, CancellationToken cancellationToken)
    {
        WorldComparison? world = null;
        if (_plan.Faults.Count > 0 && stack is IStackWorld readable)
        {
            await WatchAsync("world", async token => world = await WorldComparison.BeginAsync(readable, _parts.Time, token), events, cancellationToken);
        }

        return world;
    }

    private async Task AbortAsync(EventLog events, CancellationTokenSource walk, CancellationToken cancellationToken)
    {
        events.Record(await new AbortWatch(_scenario, _plan, _directory, _clock).WatchAsync(cancellationToken));
        await walk.CancelAsync();
    }

    private async Task WarmUpAsync(EventLog events, CancellationToken cancellationToken)
    {
        if (_plan.WarmUp > TimeSpan.Zero)
        {
            await Task.Delay(_plan.WarmUp, _parts.Time, cancellationToken);
            events.Record(new WarmUpEnded());
        }
    }

    /// <summary>Lets a watcher work; its own trouble is recorded and makes the run inconclusive, but does not end it.</summary>
    private static async Task WatchAsync(
        string name, Func<CancellationToken, Task> watch, EventLog events, CancellationToken cancellationToken)
    {
        try
        {
            await watch(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            events.Record(new Trouble(name, $"{error.GetType().Name}: {error.Message}"));
        }
    }

    private Dictionary<string, ushort> LoadIndexes() =>
        _plan.Loads.ToDictionary(load => load.Name, load => _plan.IndexOf(load.Name));
}
