namespace Validation.Core.Scenarios;

/// <summary>A time that follows from a stack's configuration, from which scenarios count limits. Times of SPIRE are those of release 1.15.</summary>
/// <param name="Name">Its name, as scenarios write it.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Of">Computes it.</param>
public sealed record Bound(string Name, string Source, Func<StackSpec, TimeSpan> Of)
{
    // The synchronizer's pauses grow up to this many intervals, and not beyond 8 minutes (pkg/agent/manager).
    private const int LongestPauseInIntervals = 48;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(8);

    private static readonly TimeSpan CacheReload = TimeSpan.FromSeconds(5);

    /// <summary>Gets how long a replica that lags is still in the pool from which servers read: 5 s.</summary>
    /// <value>Up to 2 s until the primary has told how far it is, 2 s until the replica has read that, 1 s until two checks have failed.</value>
    public static TimeSpan LagLimit { get; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets all of them.</summary>
    public static IReadOnlyList<Bound> All { get; } =
    [
        new("x509-svid-ttl", "how long a workload's SVID lives: the stack's x509-svid-ttl", stack => stack.X509SvidTtl),
        new("agent-ttl", "how long an agent's SVID lives: the stack's agent-ttl", stack => stack.AgentTtl),
        new("sync-interval", "the pause between two syncs of an agent: the stack's sync-interval", stack => stack.SyncInterval),
        new(
            "agent-retry-cap",
            "the longest pause of an agent whose syncs fail: 48 times the stack's sync-interval, at most 8 minutes",
            stack => stack.SyncInterval * LongestPauseInIntervals < LongestPause ? stack.SyncInterval * LongestPauseInIntervals : LongestPause),
        new("call-limit", "the time that an agent's call has; SPIRE fixes it", _ => TimeSpan.FromSeconds(30)),
        new(
            "entry-visibility",
            "how long until every server shows an entry: 5 s from one reading of all entries to the next, which SPIRE fixes, and where replicas are read 5 s until one that lags has left the pool",
            stack => stack.ReadsFromReplicas ? CacheReload + LagLimit : CacheReload),
        new("health-interval", "the time between two looks of a server at its health; SPIRE fixes it", _ => TimeSpan.FromSeconds(60)),
    ];
}
