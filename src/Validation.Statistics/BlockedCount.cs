using MathNet.Numerics.Distributions;

namespace Validation.Statistics;

/// <summary>Counts events in blocks of trials, and tells how much the trials are worth that are not independent of each other.</summary>
/// <remarks>
/// <para>Operations that follow each other meet the same queue and the same outage. When events come in bursts, their number
/// varies more from one block of time to the next than independent trials would let it. The design effect is that ratio of
/// variances; trials divided by it are the effective sample, for which the methods for independent trials hold.</para>
/// <para>The variance is itself an estimate from few blocks, so Student's factor for their number comes on top. Without any
/// event there is nothing to estimate from, and the design effect is 1. One burst that is longer than a block cannot
/// be corrected for: what it would be the next time only a repetition can tell.</para>
/// </remarks>
public sealed class BlockedCount
{
    /// <summary>Into how many equal blocks of time the trials of a window are divided.</summary>
    /// <remarks>More would be shorter, and a burst longer than a block is not seen as one; fewer would leave too little to estimate a variance from.</remarks>
    public const int BlocksOfAWindow = 20;

    private readonly int[] _trials;
    private readonly int[] _events;
    private readonly double _factor;
    private readonly double _squaredTrials;
    private double _squaredEvents;
    private double _eventsByTrials;

    /// <summary>Begins to count.</summary>
    /// <param name="trials">How many trials each block holds; at least one in all.</param>
    /// <param name="confidence">The confidence of the bounds that will be computed, between 0.5 and 1.</param>
    public BlockedCount(IEnumerable<int> trials, double confidence)
    {
        _trials = [.. trials];
        _events = new int[_trials.Length];
        Trials = _trials.Sum();
        _squaredTrials = _trials.Sum(count => (double)count * count);
        var blocks = _trials.Count(count => count > 0);
        var quantiles = blocks > 1 ? StudentT.InvCDF(0, 1, blocks - 1, confidence) / Normal.InvCDF(0, 1, confidence) : 1;
        _factor = blocks > 1 ? quantiles * quantiles * blocks / (blocks - 1) : 0;
    }

    /// <summary>Begins to count events among trials of which the blocks are known.</summary>
    /// <param name="blocks">The block of each trial, from 0; at least one trial.</param>
    /// <param name="confidence">As for the constructor.</param>
    public static BlockedCount Among(ReadOnlySpan<int> blocks, double confidence)
    {
        var trials = new List<int>();
        foreach (var block in blocks)
        {
            while (trials.Count <= block)
            {
                trials.Add(0);
            }

            trials[block]++;
        }

        return new BlockedCount(trials, confidence);
    }

    /// <summary>Gets the number of trials.</summary>
    public int Trials { get; }

    /// <summary>Gets the number of events so far.</summary>
    public int Events { get; private set; }

    /// <summary>Gets by how much the variance is larger than that of independent trials; at least 1.</summary>
    public double DesignEffect
    {
        get
        {
            var share = (double)Events / Trials;
            var independent = Trials * share * (1 - share);
            var seen = _squaredEvents - (2 * share * _eventsByTrials) + (share * share * _squaredTrials);
            return independent <= 0 ? 1 : Math.Max(1, _factor * seen / independent);
        }
    }

    /// <summary>Counts an event.</summary>
    /// <param name="block">The block in which it happened.</param>
    public void Add(int block)
    {
        _squaredEvents += (2 * _events[block]) + 1;
        _eventsByTrials += _trials[block];
        _events[block]++;
        Events++;
    }

    /// <summary>Returns the effective sample.</summary>
    /// <param name="atLeast">The smallest design effect to take.</param>
    public EffectiveSample Effective(double atLeast = 1)
    {
        var effect = Math.Max(atLeast, DesignEffect);
        return new EffectiveSample(Events / effect, Trials / effect, effect);
    }
}

/// <summary>A sample of independent trials that says as much as the real one.</summary>
/// <param name="Events">Events in it; seldom a whole number.</param>
/// <param name="Trials">Its size; seldom a whole number.</param>
/// <param name="DesignEffect">How many real trials stand for one of them; at least 1.</param>
public readonly record struct EffectiveSample(double Events, double Trials, double DesignEffect)
{
    /// <summary>Returns whether the share of events is shown to be at most a limit.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="confidence">The confidence.</param>
    public bool IsAtMost(double limit, double confidence) => BinomialBounds.IsAtMost(limit, Events, Trials, confidence);

    /// <summary>Returns whether the share of events is shown to be more than a limit.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="confidence">The confidence.</param>
    public bool IsMoreThan(double limit, double confidence) => BinomialBounds.IsMoreThan(limit, Events, Trials, confidence);
}
