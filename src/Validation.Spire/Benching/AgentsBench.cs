using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Spire.Access;
using Validation.Spire.Agents;
using Validation.Spire.Drivers;

namespace Validation.Spire.Benching;

/// <summary>
/// Measures by how many resident bytes this process grows for each virtual agent that has attested, synced and had its SVID
/// signed, and then waits with its connection open, or lives on. The server is another process. On Linux only.
/// </summary>
public sealed class AgentsBench
{
    // So many at once that code is compiled, and that threads and pools of buffers are as large as they will be: they are not an agent's.
    private const int AgentsBefore = 200;
    private const int StartsPerSecond = 40;
    private static readonly TimeSpan Idle = TimeSpan.FromHours(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MeasureEvery = TimeSpan.FromSeconds(5);

    private readonly BenchStack _stack;
    private readonly ILoadGenerator _generator;
    private readonly TimeProvider _time;

    /// <summary>Creates the bench.</summary>
    /// <param name="stack">The server.</param>
    /// <param name="generator">Fires what the agents plan.</param>
    /// <param name="time">The clock.</param>
    public AgentsBench(BenchStack stack, ILoadGenerator generator, TimeProvider time) => (_stack, _generator, _time) = (stack, generator, time);

    /// <summary>Measures agents that wait.</summary>
    /// <param name="agents">How many agents.</param>
    /// <param name="folder">Where recordings are written; gone afterwards.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="HarnessException">Not all agents got so far.</exception>
    public async Task<AgentsResult> MeasureAsync(int agents, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        var (after, collected) = (0L, 0L);
        var (before, lives) = await MeasureAsync(
            agents,
            Idle,
            () =>
            {
                after = ResidentMemory.Read();
                Collect();
                collected = ResidentMemory.Read();
                return Task.CompletedTask;
            },
            folder,
            cancellationToken);
        return new AgentsResult(agents, (double)(after - before) / agents, (double)(collected - before) / agents, lives.Failures);
    }

    /// <summary>Measures agents that live on: they sync and renew.</summary>
    /// <param name="agents">How many agents.</param>
    /// <param name="syncInterval">The time between two syncs of one agent.</param>
    /// <param name="length">How long all of them live.</param>
    /// <param name="folder">Where recordings are written; gone afterwards.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="HarnessException">Not all agents got so far.</exception>
    public async Task<LivingResult> LiveAsync(
        int agents, TimeSpan syncInterval, TimeSpan length, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        var most = 0L;
        var (before, lives) = await MeasureAsync(
            agents,
            syncInterval,
            async () =>
            {
                for (var begin = _time.GetTimestamp(); _time.GetElapsedTime(begin) < length; await Task.Delay(MeasureEvery, _time, cancellationToken))
                {
                    most = Math.Max(most, ResidentMemory.Read());
                }
            },
            folder,
            cancellationToken);
        return new LivingResult(agents, syncInterval, length, (double)(most - before) / agents, lives.Operations, lives.Failures);
    }

    private static void Collect()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private async Task<(long Before, Lives Lives)> MeasureAsync(
        int agents, TimeSpan syncInterval, Func<Task> whenAllAreSigned, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        folder.Create();
        try
        {
            await LiveAsync(AgentsBefore, TimeSpan.Zero, Idle, () => Task.CompletedTask, new FileInfo(Path.Combine(folder.FullName, "before.bin")), cancellationToken);
            Collect();
            var before = ResidentMemory.Read();
            var startOver = TimeSpan.FromSeconds((double)agents / StartsPerSecond);
            return (before, await LiveAsync(agents, startOver, syncInterval, whenAllAreSigned, new FileInfo(Path.Combine(folder.FullName, "samples.bin")), cancellationToken));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<Lives> LiveAsync(
        int agents, TimeSpan startOver, TimeSpan syncInterval, Func<Task> whenAllAreSigned, FileInfo recording, CancellationToken cancellationToken)
    {
        var facts = new BenchFacts(_time);
        var load = new LoadSpec { Name = "agents", Driver = new SpireAgents().Kind, Arrivals = new Rate(1), Timeout = TimeSpan.FromMinutes(1) };
        var site = _stack.Site(facts, _time);
        await using var population = new Population(load, site, await SpireSession.OpenAsync(site, cancellationToken), agents, syncInterval, startOver);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var signed = 0;
        await using (var samples = new SampleWriter(recording, _time, CountSigned))
        {
            var living = _generator.RunAsync([new ReadyLoad(load, population)], new RunClock(_time), samples, facts, stop.Token);
            try
            {
                await AllSignedAsync();
                await whenAllAreSigned();
            }
            finally
            {
                await stop.CancelAsync();
                await living;
            }
        }

        return new Lives(OperationsIn(SampleFile.Read(recording), load), facts.Texts);

        void CountSigned(Sample sample)
        {
            if (sample.Load == (int)AgentOperation.Sign && sample.Succeeded)
            {
                Interlocked.Increment(ref signed);
            }
        }

        async Task AllSignedAsync()
        {
            for (var begin = _time.GetTimestamp(); Volatile.Read(ref signed) < agents; await Task.Delay(LookEvery, _time, cancellationToken))
            {
                if (_time.GetElapsedTime(begin) > startOver + Patience)
                {
                    throw new HarnessException(
                        ExitCode.EnvironmentFailed,
                        $"Of {agents} agents {signed} had an SVID after {(startOver + Patience).TotalSeconds:0} s. {string.Join(" ", facts.Texts.Take(3))}");
                }
            }
        }
    }

    private static IReadOnlyList<LivingOperations> OperationsIn(SampleSet recorded, LoadSpec load) =>
    [
        .. recorded.Samples
            .GroupBy(sample => sample.Load)
            .OrderBy(stream => stream.Key)
            .Select(stream => new LivingOperations(
                AgentOperations.StreamOf(load, (AgentOperation)stream.Key),
                stream.Count(),
                stream.Where(sample => !sample.Succeeded)
                    .GroupBy(sample => recorded.Failures[sample.Outcome])
                    .ToDictionary(failure => failure.Key, failure => failure.Count()))),
    ];

    private sealed record Lives(IReadOnlyList<LivingOperations> Operations, IReadOnlyList<string> Failures);
}
