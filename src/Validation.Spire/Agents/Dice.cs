using Validation.Core;

namespace Validation.Spire.Agents;

/// <summary>Random numbers in eight bytes: every agent has its own, and there are thousands.</summary>
/// <param name="seed">Any number.</param>
internal struct Dice(long seed)
{
    private ulong _state = (ulong)seed;

    /// <summary>Draws a number from 0 to below 1.</summary>
    public double Next() => SplitMix.Unit(_state += SplitMix.Increment);
}
