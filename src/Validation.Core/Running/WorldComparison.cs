using Validation.Core.Stacks;

namespace Validation.Core.Running;

/// <summary>Whether a stack is after its faults what it was before them.</summary>
internal sealed class WorldComparison
{
    private const string Nothing = "nothing";

    /// <summary>How long what a fault has changed may take to follow its heal.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10), Pause = TimeSpan.FromMilliseconds(500);

    private readonly IStackWorld _world;
    private readonly IReadOnlyDictionary<string, string> _before;
    private readonly TimeProvider _time;

    private WorldComparison(IStackWorld world, IReadOnlyDictionary<string, string> before, TimeProvider time) => (_world, _before, _time) = (world, before, time);

    /// <summary>Reads what the stack is before the first fault.</summary>
    /// <param name="world">The stack.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HarnessException">Something could not be read.</exception>
    public static async Task<WorldComparison> BeginAsync(IStackWorld world, TimeProvider time, CancellationToken cancellationToken) =>
        new(world, await world.ReadWorldAsync(cancellationToken), time);

    /// <summary>Reads it again, until nothing differs or ten seconds are over.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HarnessException">Something could not be read in all that time.</exception>
    public async Task<WorldCompared> EndAsync(CancellationToken cancellationToken)
    {
        var since = _time.GetTimestamp();
        while (true)
        {
            var isLast = _time.GetElapsedTime(since) >= Patience;
            try
            {
                var differences = Compare(await _world.ReadWorldAsync(cancellationToken)).ToArray();
                if (differences.Length == 0 || isLast)
                {
                    return new WorldCompared(_before.Count, differences);
                }
            }
            catch (HarnessException) when (!isLast)
            {
                // Somebody did not answer; the next look may succeed.
            }

            await Task.Delay(Pause, _time, cancellationToken);
        }
    }

    private IEnumerable<WorldDifference> Compare(IReadOnlyDictionary<string, string> after) =>
        from thing in _before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
        let was = _before.GetValueOrDefault(thing, Nothing)
        let now = after.GetValueOrDefault(thing, Nothing)
        where was != now
        select new WorldDifference(thing, was, now);
}
