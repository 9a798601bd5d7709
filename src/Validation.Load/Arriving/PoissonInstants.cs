using Validation.Core.Loads;

namespace Validation.Load.Arriving;

/// <summary>The instants of a Poisson process. The gap before operation <c>n</c> follows from the seed and <c>n</c> alone.</summary>
/// <remarks>Every share walks all gaps. They are whole nanoseconds, so that their sum does not depend on who adds them up.</remarks>
/// <param name="arrivals">The arrivals.</param>
internal sealed class PoissonInstants(PoissonArrivals arrivals) : IInstants
{
    // The increment and the multipliers of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
    private const ulong Increment = 0x9E3779B97F4A7C15;
    private const ulong FirstMultiplier = 0xBF58476D1CE4E5B9;
    private const ulong SecondMultiplier = 0x94D049BB133111EB;

    private long _next;
    private long _sumNs;

    /// <inheritdoc/>
    public long At(long number)
    {
        for (; _next <= number; _next++)
        {
            _sumNs += (long)(-Math.Log(Uniform(_next)) * 1e9 / arrivals.PerSecond);
        }

        return _sumNs;
    }

    /// <summary>Returns a number of more than 0 and at most 1.</summary>
    private double Uniform(long number)
    {
        var bits = ((ulong)(uint)arrivals.Seed << 32) + ((ulong)(number + 1) * Increment);
        bits = (bits ^ (bits >> 30)) * FirstMultiplier;
        bits = (bits ^ (bits >> 27)) * SecondMultiplier;
        return (((bits ^ (bits >> 31)) >> 11) + 1) * (1.0 / (1L << 53));
    }
}
