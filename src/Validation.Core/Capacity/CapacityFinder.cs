using Validation.Statistics;

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

        while (search.Confirmed is { } capacity && MoreForTheLaw(levels, capacity) is { } order)
        {
            levels.Add(await _measure(order, cancellationToken));
        }

        return (levels, search.Confirmed);
    }

    /// <summary>Orders the middle of the widest gap between the rates up to the capacity, while these are too few for the scalability law.</summary>
    private static LevelOrder? MoreForTheLaw(List<CapacityLevel> levels, Rate capacity)
    {
        var rates = levels.Select(level => level.Rate.PerSecond).Where(rate => rate <= capacity.PerSecond).Distinct().Order().ToArray();
        var isEnough = Scalability.Fitting(levels).Select(level => level.Rate).Distinct().Count() >= ScalabilityLaw.FewestLevels;
        var (low, high) = rates.Zip(rates.Skip(1)).DefaultIfEmpty().MaxBy(gap => gap.Second - gap.First);
        return isEnough || !Scalability.HasContention(levels) || rates.Length < 2 || levels.Count(level => level.Purpose == LevelPurpose.Scale) == ScalabilityLaw.FewestLevels
            ? null
            : CapacitySearch.Order(levels.Count + 1, (low + high) / 2, LevelPurpose.Scale);
    }
}
