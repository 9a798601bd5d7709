namespace Validation.Statistics;

/// <summary>What a sample says about a quantile, whatever its distribution: bounds that are values of the sample.</summary>
/// <remarks>
/// A quantile is at most a value exactly when the share of trials above that value is small enough, which is a question
/// to a binomial sample. It is asked for the values of the sample, from the largest down, each with the design effect of
/// the trials above it: slow operations that come in bursts are worth less than those that are spread.
/// </remarks>
/// <param name="Low">The value that the quantile reaches; null when the sample shows none.</param>
/// <param name="High">The value that the quantile does not exceed; null when the sample is too small to show one.</param>
/// <param name="AtLimit">The effective sample for the share of trials above the limit.</param>
public readonly record struct QuantileBounds(long? Low, long? High, EffectiveSample AtLimit)
{
    // One in two hundred ranks is enough where the ranks are many; the bounds are rounded outwards.
    private const double Stride = 0.005;

    /// <summary>Computes the bounds, each of them one-sided.</summary>
    /// <param name="ascending">The values in ascending order; at least one.</param>
    /// <param name="blocks">The block of time that each of them belongs to.</param>
    /// <param name="quantile">More than 0 and less than 1.</param>
    /// <param name="limit">The value that the question is about; it is always among those that are asked for.</param>
    /// <param name="confidence">Between 0.5 and 1.</param>
    public static QuantileBounds Of(
        ReadOnlySpan<long> ascending, ReadOnlySpan<int> blocks, double quantile, long limit, double confidence)
    {
        var descent = new Descent(ascending, blocks, confidence);
        var allowed = 1 - quantile;
        var result = new QuantileBounds(null, null, default);
        var isShown = true;
        var next = 0;
        do
        {
            var isLimit = descent.IsAt(limit);
            if (isLimit || (descent.Above >= next && descent.IsBetweenValues))
            {
                var sample = descent.Sample;
                isShown &= sample.IsAtMost(allowed, confidence);
                result = result with
                {
                    High = isShown && descent.Rank > 0 ? ascending[descent.Rank - 1] : result.High,

                    // What was shown before counts only if every smaller value shows it too.
                    Low = sample.IsMoreThan(allowed, confidence) ? result.Low ?? ascending[descent.Rank] : null,
                    AtLimit = isLimit ? sample : result.AtLimit,
                };
                next = descent.Above + Math.Max(1, (int)(descent.Above * Stride));
            }
        }
        while (descent.Step());
        return result;
    }

    /// <summary>Goes down the values and counts those above, block by block.</summary>
    private ref struct Descent
    {
        // A sample that happens to have few above a value shows few bursts there too. So the bursts of four times as many count.
        private const int Further = 4;

        private readonly ReadOnlySpan<long> _ascending;
        private readonly ReadOnlySpan<int> _blocks;
        private readonly BlockedCount _above;
        private readonly BlockedCount _further;
        private double _effect = 1;

        public Descent(ReadOnlySpan<long> ascending, ReadOnlySpan<int> blocks, double confidence)
        {
            _ascending = ascending;
            _blocks = blocks;
            _above = BlockedCount.Among(blocks, confidence);
            _further = BlockedCount.Among(blocks, confidence);
        }

        public readonly int Above => _above.Events;

        public readonly int Rank => _ascending.Length - _above.Events;

        public readonly bool IsBetweenValues => Rank == 0 || Above == 0 || _ascending[Rank - 1] < _ascending[Rank];

        public readonly EffectiveSample Sample => _above.Effective(atLeast: _effect);

        public readonly bool IsAt(long limit) => (Rank == 0 || _ascending[Rank - 1] <= limit) && (Above == 0 || _ascending[Rank] > limit);

        public bool Step()
        {
            if (Rank == 0)
            {
                return false;
            }

            _above.Add(_blocks[Rank - 1]);
            for (var more = 0; more < Further && _further.Events < _ascending.Length; more++)
            {
                var place = _ascending.Length - 1 - _further.Events;
                _further.Add(_blocks[place]);
                _effect = place == 0 || _ascending[place - 1] < _ascending[place] ? Math.Max(_effect, _further.DesignEffect) : _effect;
            }

            return true;
        }
    }
}
