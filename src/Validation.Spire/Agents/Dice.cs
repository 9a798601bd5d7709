namespace Validation.Spire.Agents;

/// <summary>Random numbers in eight bytes (SplitMix64): every agent has its own, and there are thousands.</summary>
/// <param name="seed">Any number.</param>
internal struct Dice(long seed)
{
    private ulong _state = (ulong)seed;

    /// <summary>Draws a number from 0 to below 1.</summary>
    public double Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return ((mixed ^ (mixed >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
