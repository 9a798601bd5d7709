using Validation.Core.Loads;

namespace Validation.Load.Arriving;

/// <summary>The instants of bursts.</summary>
/// <param name="bursts">The bursts.</param>
internal sealed class BurstInstants(BurstArrivals bursts) : IInstants
{
    private readonly long _everyNs = bursts.Every.Ticks * TimeSpan.NanosecondsPerTick;
    private readonly long _firstNs = (bursts.After + bursts.At).Ticks % bursts.Every.Ticks * TimeSpan.NanosecondsPerTick;

    /// <inheritdoc/>
    public long At(long number) => _firstNs + (number / bursts.Size * _everyNs);
}
