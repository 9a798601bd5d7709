using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Health;
using Spire.Wire.Grpc.Client.Lean;
using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Spire.Access;

namespace Validation.Spire.Benching;

/// <summary>Measures whether this process grows while it calls a server over TLS at a steady rate and records every call. On Linux only.</summary>
/// <remarks>Paced, watched and recorded as in a run; the server is another process.</remarks>
public sealed class SoakBench
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly BenchStack _stack;
    private readonly ILoadGenerator _generator;
    private readonly IRunWitness _watch;
    private readonly TimeProvider _time;

    /// <summary>Creates the bench.</summary>
    /// <param name="stack">The server.</param>
    /// <param name="generator">Fires the calls.</param>
    /// <param name="watch">Watches the harness meanwhile.</param>
    /// <param name="time">The clock.</param>
    public SoakBench(BenchStack stack, ILoadGenerator generator, IRunWitness watch, TimeProvider time) =>
        (_stack, _generator, _watch, _time) = (stack, generator, watch, time);

    /// <summary>Measures.</summary>
    /// <param name="rate">Calls per second.</param>
    /// <param name="length">How long.</param>
    /// <param name="folder">Where the recording is written; gone afterwards.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async Task<SoakResult> MeasureAsync(Rate rate, TimeSpan length, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        folder.Create();
        try
        {
            return await MeasureAsync(rate, length, new FileInfo(Path.Combine(folder.FullName, "samples.bin")), cancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<SoakResult> MeasureAsync(Rate rate, TimeSpan length, FileInfo recording, CancellationToken cancellationToken)
    {
        var facts = new BenchFacts(_time);
        var load = new LoadSpec { Name = "calls", Driver = new DriverKind("call", "A unary call over TLS.", []), Arrivals = rate };
        using var session = await SpireSession.OpenAsync(_stack.Site(facts, _time), cancellationToken);
        using var channel = new UnaryChannel(ClientBench.Options(_stack, secure: true, session, _time));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var readings = new List<long>();
        var (calls, failed) = (0L, 0L);
        await using (var samples = new SampleWriter(recording, _time, Count))
        {
            var clock = new RunClock(_time);
            var watching = _watch.WatchAsync(_stack, facts, stop.Token);
            var firing = _generator.RunAsync([new ReadyLoad(load, new Calls(channel))], clock, samples, facts, stop.Token);
            try
            {
                while (clock.Now < length)
                {
                    await Task.Delay(LookEvery, _time, cancellationToken);
                    readings.Add(ResidentMemory.Read());
                }
            }
            finally
            {
                await stop.CancelAsync();
                await firing;
                await watching.ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }

        return new SoakResult(rate.PerSecond, length, calls, failed, readings);

        void Count(Sample sample)
        {
            Interlocked.Increment(ref calls);
            if (!sample.Succeeded)
            {
                Interlocked.Increment(ref failed);
            }
        }
    }

    private sealed class Calls(UnaryChannel channel) : IFiredLoad
    {
        public async ValueTask<Outcome> RunAsync(Operation operation, CancellationToken cancellationToken)
        {
            await channel.CallAsync(HealthMethods.Check, new HealthCheckRequest(), ClientBench.Limit, cancellationToken);
            return Outcome.Success;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
