using Validation.Core;
using Validation.Core.Loads;

namespace Validation.Load.Arriving;

/// <summary>The instants of a Poisson process. The gap before operation <c>n</c> follows from the seed and <c>n</c> alone.</summary>
/// <remarks>Every share walks all gaps. They are whole nanoseconds, so that their sum does not depend on who adds them up.</remarks>
/// <param name="arrivals">The arrivals.</param>
internal sealed class PoissonInstants(PoissonArrivals arrivals) : IInstants
{
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
    private double Uniform(long number) =>
        SplitMix.Unit(((ulong)(uint)arrivals.Seed << 32) + ((ulong)(number + 1) * SplitMix.Increment)) + SplitMix.Step;
}
