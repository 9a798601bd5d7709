namespace Validation.Statistics;

/// <summary>How many trials a claim about a share needs.</summary>
public static class SampleSize
{
    private const int Most = 1_000_000_000;

    /// <summary>Returns the smallest number of trials that shows a share of events to be at most a limit when no event is seen.</summary>
    /// <param name="limit">The share that is allowed, more than 0 and less than 1.</param>
    /// <param name="confidence">Between 0 and 1.</param>
    /// <returns>For example 299 for 0.01 and 2,995 for 0.001 at 0.95; about 3 divided by the limit.</returns>
    public static int WithoutEvents(double limit, double confidence) =>
        (int)Math.Min(Most, Math.Ceiling(Math.Log(1 - confidence) / Math.Log(1 - limit)));

    /// <summary>Returns how many trials would decide on which side of a limit a share is, should it stay what it is.</summary>
    /// <param name="share">The share that was seen, between 0 and 1.</param>
    /// <param name="limit">The share that is allowed, more than 0 and less than 1.</param>
    /// <param name="confidence">Between 0 and 1.</param>
    /// <returns>Null when no number in reach would: the share is too near to the limit.</returns>
    public static int? ToDecide(double share, double limit, double confidence)
    {
        bool Decides(int trials) => share < limit
            ? BinomialBounds.IsAtMost(limit, share * trials, trials, confidence)
            : BinomialBounds.IsMoreThan(limit, share * trials, trials, confidence);

        var enough = 1;
        while (!Decides(enough))
        {
            if (enough > 10_000_000)
            {
                return null;
            }

            enough *= 2;
        }

        var tooFew = enough / 2;
        while (enough - tooFew > 1)
        {
            var middle = tooFew + ((enough - tooFew) / 2);
            (tooFew, enough) = Decides(middle) ? (tooFew, middle) : (middle, enough);
        }

        return enough;
    }
}
