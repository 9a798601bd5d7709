namespace Validation.Core.Capacity;

/// <summary>Finds a capacity: measures level after level, as the search orders them, and reads from all of them what they say.</summary>
public sealed class CapacityFinder
{
    private readonly CapacityQuestion _question;
    private readonly Func<LevelOrder, CancellationToken, Task<CapacityLevel>> _measure;

    /// <summary>Creates the finder.</summary>
    /// <param name="question">The question.</param>
    /// <param name="measure">Measures one level on a stack that is up.</param>
    public CapacityFinder(CapacityQuestion question, Func<LevelOrder, CancellationToken, Task<CapacityLevel>> measure) =>
        (_question, _measure) = (question, measure);

    /// <summary>Finds the capacity.</summary>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>The levels, and the rate that was confirmed; null for none.</returns>
    public async Task<(IReadOnlyList<CapacityLevel> Levels, Rate? Confirmed)> FindAsync(CancellationToken cancellationToken)
    {
        var search = new CapacitySearch(_question.Lowest, _question.Highest);
        var levels = new List<CapacityLevel>();
        while (search.Next is { } order)
        {
            var level = await _measure(order, cancellationToken);
            levels.Add(level);
            search.Tell(level.Outcome);
        }

        return (levels, search.Confirmed);
    }
}
