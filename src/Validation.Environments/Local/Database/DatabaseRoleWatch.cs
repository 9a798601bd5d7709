using Validation.Core.Running;
using Validation.Core.Stacks;

namespace Validation.Environments.Local.Database;

/// <summary>Asks one database node for its role again and again, and records when it changes.</summary>
internal sealed class DatabaseRoleWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    // One question that a busy node misses is no change of its role.
    private static readonly TimeSpan SilenceAllowed = TimeSpan.FromSeconds(3);

    private readonly string _node;
    private readonly Func<CancellationToken, Task<PatroniReport>> _ask;
    private readonly TimeProvider _time;
    private PatroniReport _known = PatroniReport.Unreachable;
    private long _lastAnswer;

    /// <summary>Creates the watch.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="ask">Asks the node's Patroni how the node is.</param>
    /// <param name="time">The clock.</param>
    public DatabaseRoleWatch(string node, Func<CancellationToken, Task<PatroniReport>> ask, TimeProvider time)
    {
        (_node, _ask, _time) = (node, ask, time);
        _lastAnswer = time.GetTimestamp();
    }

    /// <summary>Watches; the first role that is seen is recorded as a change from unknown.</summary>
    /// <param name="events">Where to record changes.</param>
    /// <param name="cancellationToken">Ends the watching.</param>
    public async Task WatchAsync(IEventSink events, CancellationToken cancellationToken)
    {
        while (true)
        {
            var begun = _time.GetTimestamp();
            if (Look(await _ask(cancellationToken)) is { } change)
            {
                events.Record(change);
            }

            var left = Interval - _time.GetElapsedTime(begun);
            await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time, cancellationToken);
        }
    }

    /// <summary>Compares a report with what was known.</summary>
    /// <param name="report">The report.</param>
    /// <returns>The change of role or timeline, or null when there is none.</returns>
    internal DatabaseRoleChanged? Look(PatroniReport report)
    {
        if (report.State != PatroniReport.UnreachableState)
        {
            _lastAnswer = _time.GetTimestamp();
        }
        else if (_time.GetElapsedTime(_lastAnswer) < SilenceAllowed)
        {
            return null;
        }

        // While a node has no role its timeline means nothing; the one it had is what the next is compared with.
        var now = report with { Timeline = report.Role == DatabaseRole.Unknown ? _known.Timeline : report.Timeline ?? _known.Timeline };
        var before = _known;
        _known = now;
        return before.Role != now.Role || (before.Timeline != now.Timeline && now.Role != DatabaseRole.Unknown)
            ? new DatabaseRoleChanged(_node, before.Role, now.Role, before.Timeline, now.Timeline)
            : null;
    }
}
