using Validation.Core;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Faults;

/// <summary>What the faults share that hold up the replay of a replica by locks.</summary>
/// <remarks>
/// PostgreSQL's own means would not do, because Patroni undoes them in its next round: it resumes a replay that
/// <c>pg_wal_replay_pause</c> has paused, and removes <c>recovery_min_apply_delay</c>. Synchronous commits do not wait: they
/// are on the replica's disk. A promotion would wait.
/// </remarks>
internal static class Replays
{
    /// <summary>The replicas that are hit.</summary>
    public static readonly Parameter<Selector> Target = Parameters.Target("target", "The replicas that are hit.", "postgres/replica");

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ArrivalLimit = TimeSpan.FromSeconds(5);

    /// <summary>Waits until a replica has applied that a table was made.</summary>
    /// <param name="session">A session at the replica.</param>
    /// <param name="node">The replica.</param>
    /// <param name="table">The table.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HarnessException">It did not within 5 s.</exception>
    public static async Task AwaitTableAsync(IDatabaseSession session, INode node, string table, TimeProvider time, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (await session.RunAsync($"SELECT to_regclass('{table}')::text", cancellationToken) is null)
        {
            if (time.GetElapsedTime(since) > ArrivalLimit)
            {
                throw new HarnessException(ExitCode.EnvironmentFailed, $"{node.Name} did not apply a new table within {Duration.Format(ArrivalLimit)}.");
            }

            await Task.Delay(LookEvery, time, cancellationToken);
        }
    }

    /// <summary>Has the replay wait for readers without a limit; otherwise the server would end them after 30 s.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="node">The replica, at which it is to be taken back too.</param>
    /// <param name="length">The fault's length.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static Task<GuardedChange> WaitForReadersAsync(IStack stack, INode node, TimeSpan length, CancellationToken cancellationToken) =>
        GuardedChange.MakeAsync(
            stack,
            node,
            ["ALTER SYSTEM SET max_standby_streaming_delay = -1", "SELECT pg_reload_conf()"],
            ["ALTER SYSTEM RESET max_standby_streaming_delay", "SELECT pg_reload_conf()"],
            length,
            cancellationToken);
}
