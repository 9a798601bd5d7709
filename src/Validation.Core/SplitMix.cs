namespace Validation.Core;

/// <summary>Random numbers that follow from a state of eight bytes: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).</summary>
/// <remarks>For those who need the <c>n</c>-th number without the ones before it, or have thousands of streams.</remarks>
public static class SplitMix
{
    /// <summary>By what the state grows from one number to the next.</summary>
    public const ulong Increment = 0x9E3779B97F4A7C15;

    private const ulong FirstMultiplier = 0xBF58476D1CE4E5B9;
    private const ulong SecondMultiplier = 0x94D049BB133111EB;

    /// <summary>The distance between two neighbouring numbers.</summary>
    public const double Step = 1.0 / (1UL << 53);

    /// <summary>Returns the number of a state.</summary>
    /// <param name="state">The state.</param>
    /// <returns>From 0 to below 1, a multiple of <see cref="Step"/>.</returns>
    public static double Unit(ulong state)
    {
        state = (state ^ (state >> 30)) * FirstMultiplier;
        state = (state ^ (state >> 27)) * SecondMultiplier;
        return ((state ^ (state >> 31)) >> 11) * Step;
    }
}
