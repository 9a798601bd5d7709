using System.Collections.Concurrent;
using Spectre.Console;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Load;
using Validation.Reporting;

namespace Validation.Cli.Composition;

/// <summary>Shows a run while it goes on: passes events on and sums operations up to one line per load and second.</summary>
internal sealed class RunScreen : IRunWatcher, IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Plan _plan;
    private readonly LiveProgress _progress;
    private readonly LoadMeter[] _meters;
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeProvider _time;
    private Task _ticking = Task.CompletedTask;
    private long _loadsStarted;
    private TimeSpan _loadsStartedAt;

    /// <summary>Opens the screen. Nobody else may write to the console until it is disposed of.</summary>
    /// <param name="console">The console.</param>
    /// <param name="plan">The run's plan.</param>
    /// <param name="time">The clock.</param>
    public RunScreen(IAnsiConsole console, Plan plan, TimeProvider time)
    {
        _plan = plan;
        _time = time;
        _progress = new LiveProgress(console, plan);
        _meters = [.. plan.Loads.Select(_ => new LoadMeter())];
    }

    /// <inheritdoc/>
    public IProgress<string> Progress => _progress;

    /// <inheritdoc/>
    public void Saw(RunEvent happened)
    {
        _progress.Show(happened);
        if (happened.Fact is LoadsStarted)
        {
            _loadsStarted = _time.GetTimestamp();
            _loadsStartedAt = happened.At;
            _ticking = TickAsync();
        }
        else if (happened.Fact is LoadsStopped)
        {
            _stop.Cancel();
        }
    }

    /// <inheritdoc/>
    public void Saw(Sample sample) => _meters[sample.Load].Count(sample);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _ticking;
        await _progress.DisposeAsync();
        _stop.Dispose();
    }

    private async Task TickAsync()
    {
        var planned = _plan.Loads.Select((_, load) => new PlannedCount(_plan, load)).ToArray();
        using var timer = new PeriodicTimer(Interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                var firing = _time.GetElapsedTime(_loadsStarted);
                for (var load = 0; load < _meters.Length; load++)
                {
                    _progress.Show(_meters[load].Read(_loadsStartedAt + firing, _plan.Loads[load].Name, planned[load].Before(firing)));
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Counts the operations of one load. Counted from any thread, read by one.</summary>
    private sealed class LoadMeter
    {
        private readonly ConcurrentQueue<long> _latencies = new();
        private long _succeeded;
        private long _failed;

        public void Count(in Sample sample)
        {
            if (sample.Succeeded)
            {
                Interlocked.Increment(ref _succeeded);
                _latencies.Enqueue(sample.LatencyNs);
            }
            else
            {
                Interlocked.Increment(ref _failed);
            }
        }

        /// <summary>Reads the meter. What a population has planned is known only when it has ended.</summary>
        public LoadTick Read(TimeSpan at, string load, long? planned)
        {
            var lastSecond = new List<long>();
            while (_latencies.TryDequeue(out var latency))
            {
                lastSecond.Add(latency);
            }

            lastSecond.Sort();
            TimeSpan? p99 = lastSecond.Count == 0 ? null : Core.Judging.Percentiles.At(lastSecond.ToArray(), 99);
            var (succeeded, failed) = (Interlocked.Read(ref _succeeded), Interlocked.Read(ref _failed));
            return new LoadTick(at, load, planned ?? succeeded + failed, succeeded, failed, p99);
        }
    }
}
