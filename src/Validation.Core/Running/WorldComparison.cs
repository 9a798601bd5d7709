using Validation.Core.Stacks;

namespace Validation.Core.Running;

/// <summary>Whether a stack is after its faults what it was before them.</summary>
internal sealed class WorldComparison
{
    /// <summary>How long what a fault has changed may take to follow its heal.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), Pause = TimeSpan.FromMilliseconds(500);

    private readonly IStackWorld _world;
    private readonly IReadOnlyDictionary<string, string> _before;
    private readonly TimeProvider _time;

    private WorldComparison(IStackWorld world, IReadOnlyDictionary<string, string> before, TimeProvider time) => (_world, _before, _time) = (world, before, time);

    /// <summary>Reads what the stack is before the first fault, until it reads the same twice: so soon after its start something may not answer.</summary>
    /// <param name="world">The stack.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HarnessException">It could not be read, or did not read the same twice in half a minute.</exception>
    public static async Task<WorldComparison> BeginAsync(IStackWorld world, TimeProvider time, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        var last = await TryReadAsync(world, isLast: false, cancellationToken);
        while (true)
        {
            var isLast = time.GetElapsedTime(since) >= Patience;
            var now = await TryReadAsync(world, isLast, cancellationToken);
            if (last is not null && now is not null && last.Count == now.Count && !last.Except(now).Any())
            {
                return new WorldComparison(world, now, time);
            }

            last = isLast ? throw new HarnessException(ExitCode.EnvironmentFailed, $"What faults change did not read the same twice in {Duration.Format(Patience)}.") : now;
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>Reads it again, until nothing differs or half a minute is over.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HarnessException">Something could not be read in all that time.</exception>
    public async Task<WorldCompared> EndAsync(CancellationToken cancellationToken)
    {
        var since = _time.GetTimestamp();
        WorldCompared? before = null;
        while (true)
        {
            var isLast = _time.GetElapsedTime(since) >= Patience;
            if (await TryReadAsync(_world, isLast, cancellationToken) is { } after)
            {
                var now = Compare(after);
                if (now.IsClean || isLast)
                {
                    // What differed only this time is something else that goes on at this moment.
                    var known = (before ?? now).Differences.Select(one => one.Thing).ToHashSet();
                    return now with { Differences = [.. now.Differences.Where(one => known.Contains(one.Thing))] };
                }

                before = now;
            }

            await Task.Delay(Pause, _time, cancellationToken);
        }
    }

    private WorldCompared Compare(IReadOnlyDictionary<string, string> after)
    {
        var both = _before.Keys.Where(after.ContainsKey).ToArray();
        return new WorldCompared(
            both.Length,
            [
                .. from thing in both.Order(StringComparer.Ordinal)
                   let was = _before[thing]
                   let now = after[thing]
                   where was != now && was != IStackWorld.Nobody && now != IStackWorld.Nobody
                   select new WorldDifference(thing, was, now),
            ])
        {
            Unread = [.. _before.Keys.Except(both).Order(StringComparer.Ordinal)],
        };
    }

    private static async Task<IReadOnlyDictionary<string, string>?> TryReadAsync(IStackWorld world, bool isLast, CancellationToken cancellationToken)
    {
        try
        {
            return await world.ReadWorldAsync(cancellationToken);
        }
        catch (HarnessException) when (!isLast)
        {
            // Somebody did not answer; the next look may succeed.
            return null;
        }
    }
}
