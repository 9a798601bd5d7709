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
        var above = BlockedCount.Among(blocks, confidence);

        // A sample that happens to have few above a value shows few bursts there too. So four times as many of the largest are asked as well.
        var further = BlockedCount.Among(blocks, confidence);
        var effect = 1.0;
        var share = 1 - quantile;
        var result = new QuantileBounds(null, null, default);
        var canStillPass = true;
        for (var next = 0; ;)
        {
            var events = above.Events;
            var rank = ascending.Length - events;
            var isLimit = (rank == 0 || ascending[rank - 1] <= limit) && (events == 0 || ascending[rank] > limit);
            var isDistinct = rank == 0 || events == 0 || ascending[rank - 1] < ascending[rank];
            if (isLimit || (events >= next && isDistinct))
            {
                var sample = above.Effective(atLeast: effect);
                canStillPass &= sample.IsAtMost(share, confidence);
                result = result with
                {
                    High = canStillPass && rank > 0 ? ascending[rank - 1] : result.High,

                    // What was shown before counts only if every smaller value shows it too.
                    Low = sample.IsMoreThan(share, confidence) ? result.Low ?? ascending[rank] : null,
                    AtLimit = isLimit ? sample : result.AtLimit,
                };
                next = events + Math.Max(1, (int)(events * Stride));
            }

            if (rank == 0)
            {
                return result;
            }

            above.Add(blocks[rank - 1]);
            for (var more = 0; more < 4 && further.Events < ascending.Length; more++)
            {
                var place = ascending.Length - 1 - further.Events;
                further.Add(blocks[place]);
                effect = place == 0 || ascending[place - 1] < ascending[place] ? Math.Max(effect, further.DesignEffect) : effect;
            }
        }
    }
}
