using System.Globalization;

namespace Validation.Load.SelfWatching;

/// <summary>How often a control group was held back, as its <c>cpu.stat</c> counts it.</summary>
/// <param name="Periods">Scheduling periods in which it wanted processors.</param>
/// <param name="Throttled">Those in which it had used up what it may use.</param>
internal readonly record struct ThrottleCount(long Periods, long Throttled)
{
    /// <summary>Reads the file; both versions of control groups name these two counters alike.</summary>
    /// <param name="text">The text of the file; counters that are missing are zero.</param>
    public static ThrottleCount Read(string text)
    {
        var counters = text.Split('\n').Select(line => line.Split(' ')).Where(parts => parts.Length == 2).ToLookup(parts => parts[0], parts => parts[1]);
        return new ThrottleCount(Counter("nr_periods"), Counter("nr_throttled"));

        long Counter(string name) => long.TryParse(counters[name].FirstOrDefault(), CultureInfo.InvariantCulture, out var value) ? value : 0;
    }
}
