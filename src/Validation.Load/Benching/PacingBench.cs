using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;

namespace Validation.Load.Benching;

/// <summary>Measures how late the generator fires operations that do nothing, beside a bare loop that only sleeps until each instant.</summary>
/// <remarks>Both are measured by turns in one process, so that a noisy machine is noisy for both; their ratio is what to look at.</remarks>
public sealed class PacingBench
{
    private readonly TimeProvider _time;

    /// <summary>Creates the bench.</summary>
    /// <param name="time">The clock.</param>
    public PacingBench(TimeProvider time) => _time = time;

    /// <summary>Measures one rate.</summary>
    /// <param name="rate">Operations per second.</param>
    /// <param name="length">How long each of the two is measured.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task<PacingResult> MeasureAsync(Rate rate, TimeSpan length, CancellationToken cancellationToken)
    {
        var bare = new List<long>();
        await DedicatedThread.RunAsync("bare loop", () => Sleep(rate, length, bare, cancellationToken));

        var sink = new LatenessSink();
        var processor = Environment.CpuUsage.TotalTime;
        var allocated = GC.GetTotalAllocatedBytes();
        await FireAsync(rate, length, sink, cancellationToken);
        var operations = Math.Max(1, sink.LatenessNs.Count);
        return new PacingResult(
            rate.PerSecond,
            Delays.Of(bare),
            Delays.Of(sink.LatenessNs),
            (double)sink.LatenessNs.Count(lateness => lateness <= 1_000_000) / operations,
            (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / operations,
            (double)(GC.GetTotalAllocatedBytes() - allocated) / operations);
    }

    private void Sleep(Rate rate, TimeSpan length, List<long> latenessNs, CancellationToken stop)
    {
        var pacer = Pacers.For(_time);
        pacer.Begin();
        var clock = new RunClock(_time);
        var instants = new Arriving.EvenInstants(rate, 0);
        for (var number = 0L; instants.At(number) < length.TotalNanoseconds && !stop.IsCancellationRequested; number++)
        {
            pacer.WaitUntil(clock.ToTimestamp(instants.At(number)), stop);
            latenessNs.Add(clock.ToNanoseconds(_time.GetTimestamp()) - instants.At(number));
        }
    }

    private async Task FireAsync(Rate rate, TimeSpan length, LatenessSink sink, CancellationToken cancellationToken)
    {
        var load = new LoadSpec { Name = "nothing", Driver = new DriverKind("nothing", "Does nothing.", []), Arrivals = rate };
        var streams = LoadStream.Of([new ReadyLoad(load, new Nothing())], Share.Whole);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var firing = new OpenLoopGenerator(_time).RunAsync(streams, null, new RunClock(_time), sink, sink, stop.Token);
        try
        {
            await Task.Delay(length, _time, cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
            await firing;
        }
    }

    private sealed class Nothing : IFiredLoad
    {
        public ValueTask<Outcome> RunAsync(Operation operation, CancellationToken cancellationToken) => new(Outcome.Success);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class LatenessSink : IOperationSink, IEventSink
    {
        private readonly Lock _gate = new();

        public List<long> LatenessNs { get; } = [];

        public void FiredBefore(long plannedNs)
        {
        }

        public void Opened(ushort load, long number, long plannedNs)
        {
        }

        public void Ended(long number, in Sample sample, Outcome outcome)
        {
            lock (_gate)
            {
                LatenessNs.Add(sample.LagNs);
            }
        }

        public RunEvent Record(Fact fact) => throw new InvalidOperationException($"Doing nothing failed: {fact}");
    }
}
