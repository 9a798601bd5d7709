using System.Globalization;
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
/// signed, and then waits with its connection open. The server is another process. On Linux only.
/// </summary>
public sealed class AgentsBench
{
    // So many at once that code is compiled, and that threads and pools of buffers are as large as they will be: they are not an agent's.
    private const int AgentsBefore = 200;
    private const int StartsPerSecond = 40;
    private static readonly TimeSpan Idle = TimeSpan.FromHours(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private readonly BenchStack _stack;
    private readonly ILoadGenerator _generator;
    private readonly TimeProvider _time;

    /// <summary>Creates the bench.</summary>
    /// <param name="stack">The server.</param>
    /// <param name="generator">Fires what the agents plan.</param>
    /// <param name="time">The clock.</param>
    public AgentsBench(BenchStack stack, ILoadGenerator generator, TimeProvider time) => (_stack, _generator, _time) = (stack, generator, time);

    /// <summary>Measures.</summary>
    /// <param name="agents">How many agents.</param>
    /// <param name="folder">Where the recording is written; gone afterwards.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <exception cref="HarnessException">Not all agents got so far.</exception>
    public async Task<AgentsResult> MeasureAsync(int agents, DirectoryInfo folder, CancellationToken cancellationToken)
    {
        folder.Create();
        try
        {
            var facts = new BenchFacts(_time);
            await LiveAsync(AgentsBefore, TimeSpan.Zero, new FileInfo(Path.Combine(folder.FullName, "before.bin")), facts, () => { }, cancellationToken);
            Collect();
            var before = ResidentBytes();
            var (after, collected) = (0L, 0L);
            await LiveAsync(
                agents,
                TimeSpan.FromSeconds((double)agents / StartsPerSecond),
                new FileInfo(Path.Combine(folder.FullName, "samples.bin")),
                facts,
                () =>
                {
                    after = ResidentBytes();
                    Collect();
                    collected = ResidentBytes();
                },
                cancellationToken);
            return new AgentsResult(agents, (double)(after - before) / agents, (double)(collected - before) / agents, facts.Texts);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Returns the resident bytes of a process.</summary>
    /// <param name="rollup">The text of its <c>/proc/PID/smaps_rollup</c>.</param>
    /// <exception cref="FormatException">It does not say.</exception>
    internal static long ResidentBytesIn(string rollup)
    {
        var line = rollup.Split('\n').FirstOrDefault(line => line.StartsWith("Rss:", StringComparison.Ordinal)) ?? throw new FormatException($"There is no 'Rss:' in {rollup}");
        return long.Parse(line["Rss:".Length..].Replace("kB", null, StringComparison.Ordinal), NumberStyles.Integer, CultureInfo.InvariantCulture) * 1024;
    }

    private static long ResidentBytes() => ResidentBytesIn(File.ReadAllText("/proc/self/smaps_rollup"));

    private static void Collect()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private async Task LiveAsync(
        int agents, TimeSpan startOver, FileInfo recording, BenchFacts facts, Action whenIdle, CancellationToken cancellationToken)
    {
        var load = new LoadSpec { Name = "agents", Driver = new SpireAgents().Kind, Arrivals = new Rate(1), Timeout = TimeSpan.FromMinutes(1) };
        var site = _stack.Site(facts, _time);
        await using var population = new Population(load, site, await SpireSession.OpenAsync(site, cancellationToken), agents, Idle, startOver);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var signed = 0;
        await using var samples = new SampleWriter(recording, _time, sample =>
        {
            if (sample.Load == (int)AgentOperation.Sign && sample.Succeeded)
            {
                Interlocked.Increment(ref signed);
            }
        });
        var living = _generator.RunAsync([new ReadyLoad(load, population)], new RunClock(_time), samples, facts, stop.Token);
        try
        {
            await WaitUntilAsync(() => Volatile.Read(ref signed) >= agents, startOver + Patience, cancellationToken);
            whenIdle();
        }
        finally
        {
            await stop.CancelAsync();
            await living;
        }

        async Task WaitUntilAsync(Func<bool> isSo, TimeSpan limit, CancellationToken cancellationToken)
        {
            for (var begin = _time.GetTimestamp(); !isSo(); await Task.Delay(LookEvery, _time, cancellationToken))
            {
                if (_time.GetElapsedTime(begin) > limit)
                {
                    throw new HarnessException(
                        ExitCode.EnvironmentFailed, $"Of {agents} agents {signed} had an SVID after {limit.TotalSeconds:0} s. {string.Join(" ", facts.Texts.Take(3))}");
                }
            }
        }
    }
}
