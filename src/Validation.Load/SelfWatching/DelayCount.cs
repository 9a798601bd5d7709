using Validation.Core.Judging;
using Validation.Core.Running;

namespace Validation.Load.SelfWatching;

/// <summary>Collects delays for some seconds.</summary>
internal sealed class DelayCount
{
    private readonly List<long> _delaysNs = [];

    /// <summary>Adds a delay.</summary>
    /// <param name="delay">The delay.</param>
    public void Add(TimeSpan delay) => _delaysNs.Add(Math.Max(0, delay.Ticks) * TimeSpan.NanosecondsPerTick);

    /// <summary>Returns the delays that were added since the last call.</summary>
    public Delays Take()
    {
        var ascending = _delaysNs.Order().ToArray();
        _delaysNs.Clear();
        return new Delays(
            ascending.Length,
            ascending.Count(delay => delay > Delays.LateAfter.TotalNanoseconds),
            Percentiles.At(ascending, 50),
            Percentiles.At(ascending, 99),
            Percentiles.At(ascending, 100));
    }
}
