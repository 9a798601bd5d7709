using Validation.Core;

namespace Validation.Load.Arriving;

/// <summary>Evenly spaced instants.</summary>
/// <remarks>
/// Instant <c>n</c> is computed from the start, not from the one before: rounding never adds up, and the instants of all
/// shares together are those of the whole load, to the nanosecond.
/// </remarks>
/// <param name="rate">How many.</param>
/// <param name="offset">Where in the first interval the first operation lies, from 0 to below 1.</param>
internal sealed class EvenInstants(Rate rate, double offset) : IInstants
{
    private readonly long _offsetNs = (long)(offset * 1e9 / rate.PerSecond);

    /// <inheritdoc/>
    public long At(long number) => _offsetNs + (long)Math.Round(number * 1e9 / rate.PerSecond);
}
