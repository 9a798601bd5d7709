using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace Validation.Statistics;

/// <summary>What a number of events among trials says about the share of events: the exact bounds of Clopper and Pearson.</summary>
/// <remarks>
/// They hold with at least the stated confidence whatever the true share is, which is why a gate can rest on them. Each
/// bound is one-sided. Numbers need not be whole: an effective sample seldom is (Korn and Graubard 1998).
/// </remarks>
public static class BinomialBounds
{
    /// <summary>Returns the share above which the true one lies.</summary>
    /// <param name="events">How many events there were; from 0 to <paramref name="trials"/>.</param>
    /// <param name="trials">Among how many; more than zero.</param>
    /// <param name="confidence">Between 0 and 1, for example 0.95.</param>
    public static double Lower(double events, double trials, double confidence) => events <= 0
        ? 0
        : Beta.InvCDF(events, trials - events + 1, 1 - confidence);

    /// <summary>Returns the share below which the true one lies.</summary>
    /// <param name="events">How many events there were; from 0 to <paramref name="trials"/>.</param>
    /// <param name="trials">Among how many; more than zero.</param>
    /// <param name="confidence">Between 0 and 1, for example 0.95.</param>
    public static double Upper(double events, double trials, double confidence) => events >= trials
        ? 1
        : Beta.InvCDF(events + 1, trials - events, confidence);

    /// <summary>Returns whether the true share is at most a limit: whether <see cref="Upper"/> is, without inverting anything.</summary>
    /// <param name="limit">The share that is allowed, between 0 and 1.</param>
    /// <param name="events">How many events there were; from 0 to <paramref name="trials"/>.</param>
    /// <param name="trials">Among how many; more than zero.</param>
    /// <param name="confidence">Between 0 and 1, for example 0.95.</param>
    public static bool IsAtMost(double limit, double events, double trials, double confidence) =>
        events < trials && limit > 0 && (limit >= 1 || SpecialFunctions.BetaRegularized(events + 1, trials - events, limit) >= confidence);

    /// <summary>Returns whether the true share is more than a limit: whether <see cref="Lower"/> is.</summary>
    /// <param name="limit">The share that is allowed, between 0 and 1.</param>
    /// <param name="events">How many events there were; from 0 to <paramref name="trials"/>.</param>
    /// <param name="trials">Among how many; more than zero.</param>
    /// <param name="confidence">Between 0 and 1, for example 0.95.</param>
    public static bool IsMoreThan(double limit, double events, double trials, double confidence) =>
        events > 0 && limit < 1 && (limit <= 0 || SpecialFunctions.BetaRegularized(events, trials - events + 1, limit) < 1 - confidence);
}
