using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Load.Workers.Controlling;
using Validation.Load.Workers.Protocol;
using Validation.Load.Workers.Working;

namespace Validation.Load.Workers;

/// <summary>
/// Lets several workers fire the loads of one run. They begin at one instant, each fires its share, and what they tell is put
/// together in the order of the plan, so that it is judged once, as if one process had fired it all.
/// </summary>
/// <remarks>
/// <para>The workers start when the first load is prepared, and end when the last one is disposed of.</para>
/// <para>Instants are mapped with the difference of the clocks that was measured before the loads began. Latencies are
/// differences on one worker's own clock and do not depend on it. What the clocks differ by afterwards bounds the error.</para>
/// </remarks>
public sealed class WorkerFleet : ILoadGenerator, IAsyncDisposable
{
    // Enough for the word to reach every worker; the first phase has no operations for so long.
    private static readonly TimeSpan ShortestLead = TimeSpan.FromMilliseconds(500);
    private const int LeadInRoundTrips = 4;

    // Beyond the timeouts of the loads, for what is still to be told.
    private static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(15);

    private readonly List<WorkerLink> _links = [];
    private readonly int _workers;
    private readonly Plan _plan;
    private readonly string _version;
    private readonly IProgress<string> _progress;
    private readonly RunClock _clock;
    private IWorkerGroup? _group;
    private Collector? _collector;
    private int _openLoads;

    /// <summary>Creates the fleet; nothing is started.</summary>
    /// <param name="drivers">The drivers that scenarios can name; the workers must have the same.</param>
    /// <param name="plan">The run's plan, with the number of workers.</param>
    /// <param name="version">The harness' version.</param>
    /// <param name="progress">Told what is being waited for.</param>
    /// <param name="time">The clock.</param>
    public WorkerFleet(IEnumerable<ILoadDriver> drivers, Plan plan, string version, IProgress<string> progress, TimeProvider time)
    {
        _workers = plan.Workers ?? throw new ArgumentException("The plan has no workers.", nameof(plan));
        (_plan, _version, _progress, _clock) = (plan, version, progress, new RunClock(time));
        Drivers = [.. drivers.Select(driver => new DistributedDriver(driver.Kind, PrepareAsync))];
    }

    /// <summary>Gets the drivers that the run must use: they have the workers prepare the loads.</summary>
    public IReadOnlyList<ILoadDriver> Drivers { get; }

    /// <inheritdoc/>
    public async Task RunAsync(
        IReadOnlyList<ReadyLoad> loads, RunClock clock, SampleWriter samples, IEventSink events, CancellationToken stop)
    {
        var collector = _collector ?? throw new InvalidOperationException("The loads were not prepared by the workers.");
        foreach (var link in _links)
        {
            events.Record(new WorkerReady(link.Number, link.Welcome.Host, ToTime(link.Skew.RoundTripNs), ToTime(link.Skew.UncertaintyNs), link.Skew.WallClockAhead));
        }

        var shift = clock.ToNanoseconds(_clock.ToTimestamp(0));
        var lead = Math.Max((long)ShortestLead.TotalNanoseconds, LeadInRoundTrips * _links.Max(link => link.Skew.RoundTripNs));
        var begin = clock.ToNanoseconds(clock.Time.GetTimestamp()) + lead;
        var merge = new SampleMerge(_plan.Loads, _workers, begin, (sample, failure) => samples.Record(
            failure is null ? sample : sample with { Outcome = samples.NumberOf(Outcome.Failed(failure)) }));
        collector.Begin(merge, shift);
        _links.ForEach(link => link.Begin(begin - shift));

        await Task.Delay(Timeout.InfiniteTimeSpan, clock.Time, stop).ContinueWith(_ => { }, TaskScheduler.Default);
        var stopped = clock.ToNanoseconds(clock.Time.GetTimestamp());
        _links.ForEach(link => link.Stop());
        var ends = await Task.WhenAll(_links.Select(link => EndAsync(link, collector)));
        foreach (var (count, end) in merge.Close(stopped).Zip(ends))
        {
            events.Record(end with { Reported = count.Reported, Missing = count.Missing });
        }
    }

    /// <summary>Ends the workers.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_links.Select(link => link.DisposeAsync().AsTask()));
        _links.Clear();
        if (_group is { } group)
        {
            _group = null;
            await group.DisposeAsync();
        }
    }

    private static TimeSpan ToTime(long nanoseconds) => TimeSpan.FromMicroseconds(nanoseconds / 1_000.0);

    /// <summary>Awaits the last of what a worker has to tell, and looks at its clock once more.</summary>
    private async Task<WorkerDone> EndAsync(WorkerLink link, Collector collector)
    {
        var patience = _plan.Loads.Max(load => load.Timeout) + FarewellLimit;
        var nothing = new WorkerDone(link.Number, 0, 0, null);
        try
        {
            await Task.WhenAny(link.Finished, link.Lost).WaitAsync(patience, _clock.Time);
        }
        catch (TimeoutException)
        {
            link.GiveUp($"it had not told everything {Duration.Format(patience)} after the loads stopped.");
        }

        if (!link.Finished.IsCompletedSuccessfully)
        {
            await link.Lost;
            return nothing;
        }

        var finished = await link.Finished;
        collector.Audit(link, finished);
        var cost = nothing with { Processor = TimeSpan.FromMilliseconds(finished.ProcessorMs), MemoryBytes = finished.MemoryBytes };
        try
        {
            var after = await link.CompareClocksAsync(CancellationToken.None);
            return cost with { Uncertainty = link.Skew.UncertaintyUntil(after) };
        }
        catch (HarnessException)
        {
            // It is lost, which is recorded; how far its clock went is not known.
            return cost;
        }
    }

    private async Task<IPreparedLoad> PrepareAsync(LoadSpec load, LoadSite site, CancellationToken cancellationToken)
    {
        try
        {
            if (_links.Count == 0)
            {
                await StartAsync(site, cancellationToken);
            }

            // The first one alone: it registers what the others then only find.
            var index = _plan.IndexOf(load.Name);
            var prepare = new Prepare(index, _plan.Loads[index]);
            await _links[0].PrepareAsync(prepare, cancellationToken);
            await Task.WhenAll(_links.Skip(1).Select(link => link.PrepareAsync(prepare, cancellationToken)));
            _openLoads++;
            return new PreparedElsewhere(this);
        }
        catch when (_openLoads == 0)
        {
            // There is no prepared load yet with which the workers would end.
            await DisposeAsync();
            throw;
        }
    }

    private async Task StartAsync(LoadSite site, CancellationToken cancellationToken)
    {
        var stack = site.Stack as IWorkerStack ?? throw new HarnessException(
            ExitCode.EnvironmentFailed, $"A stack in '{_plan.Environment}' cannot {CapabilityNames.Of(typeof(IWorkerStack))}.");
        _group = await stack.StartWorkersAsync(_workers, _progress, cancellationToken);
        _collector = new Collector(site);
        for (var i = 0; i < _group.Sites.Count; i++)
        {
            var link = await WorkerLink.ConnectAsync(i + 1, _workers, _version, _group.Sites[i], site.Spire, _collector, _clock, cancellationToken);
            _links.Add(link);
            if (_links.FirstOrDefault(other => other != link && other.Welcome.Instance == link.Welcome.Instance) is { } same)
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed, $"Workers {same.Number} and {link.Number} are the same process; both would fire the same share.");
            }

            link.Tell(WorkerStack.Describe(site.Spire, site.Seed.Value, _group.Sites[i]));
        }

        if (_links.Count != _workers)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"{_workers} workers were asked for and {_links.Count} started.");
        }
    }

    private sealed class PreparedElsewhere(WorkerFleet fleet) : IPreparedLoad
    {
        public ValueTask DisposeAsync() => --fleet._openLoads == 0 ? fleet.DisposeAsync() : ValueTask.CompletedTask;
    }
}
