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
        var delays = Delays.Of(_delaysNs);
        _delaysNs.Clear();
        return delays;
    }
}
