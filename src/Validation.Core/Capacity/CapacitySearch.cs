namespace Validation.Core.Capacity;

/// <summary>
/// Chooses which rate is measured next: twice the last one while objectives are met, then the middle between the highest rate
/// that met them and the lowest that did not, until these are 5 % apart, then the found rate once more for a longer time.
/// </summary>
/// <remarks>
/// A level that decides nothing may have been disturbed and is measured once more. A rate that is not confirmed is followed by
/// one that is 5 % lower, four rates at the most.
/// </remarks>
public sealed class CapacitySearch
{
    private const double Resolution = 0.05;
    private const int MostConfirmations = 4;

    private readonly double _lowest;
    private readonly double? _highest;
    private double? _met;
    private double? _notMet;
    private int _confirmations;
    private bool _isRepeated;

    /// <summary>Begins a search.</summary>
    /// <param name="lowest">The rate that is tried first.</param>
    /// <param name="highest">The highest that is tried; null for none.</param>
    public CapacitySearch(Rate lowest, Rate? highest)
    {
        (_lowest, _highest) = (lowest.PerSecond, highest?.PerSecond);
        Next = Order(1, _lowest, LevelPurpose.Search);
    }

    /// <summary>Gets the level that is to be measured next; null when the search is over.</summary>
    public LevelOrder? Next { get; private set; }

    /// <summary>Gets the rate that was found and confirmed; null when there is none yet.</summary>
    public Rate? Confirmed { get; private set; }

    /// <summary>Tells how <see cref="Next"/> ended.</summary>
    /// <param name="outcome">How it ended.</param>
    public void Tell(LevelOutcome outcome)
    {
        var (number, rate, purpose) = Next ?? throw new InvalidOperationException("The search is over.");
        _isRepeated = !_isRepeated && outcome is (LevelOutcome.Undecided or LevelOutcome.HarnessLimited);
        Next = _isRepeated ? new LevelOrder(number + 1, rate, purpose)
            : purpose == LevelPurpose.Confirm ? AfterConfirmation(number + 1, rate, outcome == LevelOutcome.Met)
            : AfterSearch(number + 1, rate.PerSecond, outcome == LevelOutcome.Met);
    }

    /// <summary>Orders a level at about a rate.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="perSecond">The rate; it is rounded.</param>
    /// <param name="purpose">What it is measured for.</param>
    internal static LevelOrder Order(int number, double perSecond, LevelPurpose purpose)
    {
        // Three digits read well, and are finer than the search.
        var unit = Math.Pow(10, Math.Floor(Math.Log10(perSecond)) - 2);
        return new LevelOrder(number, new Rate(Math.Round(perSecond / unit) * unit), purpose);
    }

    private LevelOrder? AfterConfirmation(int number, Rate rate, bool isMet)
    {
        if (isMet)
        {
            Confirmed = rate;
            return null;
        }

        var lower = rate.PerSecond * (1 - Resolution);
        return ++_confirmations < MostConfirmations && lower >= _lowest ? Order(number, lower, LevelPurpose.Confirm) : null;
    }

    private LevelOrder? AfterSearch(int number, double rate, bool isMet)
    {
        _met = isMet ? rate : _met;
        _notMet = isMet ? _notMet : rate;
        return (_met, _notMet) switch
        {
            (null, _) => null,
            ({ } met, null) when met >= _highest => new LevelOrder(number, new Rate(met), LevelPurpose.Confirm),

            // The highest rate is the user's own, with as many digits as it has.
            ({ } met, null) when _highest is { } highest && 2 * met >= highest => new LevelOrder(number, new Rate(highest), LevelPurpose.Search),
            ({ } met, null) => Order(number, 2 * met, LevelPurpose.Search),
            ({ } met, { } notMet) when notMet <= met * (1 + Resolution) => Order(number, met, LevelPurpose.Confirm),
            ({ } met, { } notMet) => Order(number, (met + notMet) / 2, LevelPurpose.Search),
        };
    }
}
