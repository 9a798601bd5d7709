using System.Globalization;

namespace EmbeddedSpire.Configuration;

/// <summary>Durations as Go writes and reads them: <c>1h30m</c>, <c>5s</c>, <c>500ms</c>.</summary>
internal static class GoDuration
{
    private static readonly (string Unit, double Milliseconds)[] Units =
        [("ns", 1e-6), ("us", 1e-3), ("µs", 1e-3), ("ms", 1), ("s", 1e3), ("m", 60e3), ("h", 3600e3)];

    /// <summary>Reads a duration.</summary>
    /// <param name="text">Numbers with units, largest or smallest first; <c>0</c> needs no unit.</param>
    /// <param name="duration">The duration; may be negative.</param>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var rest = text.AsSpan().TrimStart("+-");
        if (rest.Length < text.Length - 1 || rest.IsEmpty)
        {
            return false;
        }

        var milliseconds = 0.0;
        while (!rest.IsEmpty && rest is not "0")
        {
            if (!TryReadPart(ref rest, out var part))
            {
                return false;
            }

            milliseconds += part;
        }

        if (milliseconds > TimeSpan.MaxValue.TotalMilliseconds / 2)
        {
            return false;
        }

        duration = TimeSpan.FromMilliseconds(text[0] == '-' ? -milliseconds : milliseconds);
        return true;
    }

    /// <summary>Writes a duration as Go does: <c>24h0m0s</c>, <c>1.5s</c>, <c>250ms</c>.</summary>
    public static string Format(TimeSpan duration)
    {
        var sign = duration < TimeSpan.Zero ? "-" : string.Empty;
        duration = duration.Duration();
        var seconds = (duration.Ticks % TimeSpan.TicksPerMinute / (decimal)TimeSpan.TicksPerSecond).ToString("0.#######", CultureInfo.InvariantCulture);
        return sign + duration switch
        {
            { Ticks: 0 } => "0s",
            { TotalMilliseconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMicroseconds:0.###}µs"),
            { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0.######}ms"),
            { TotalMinutes: < 1 } => $"{seconds}s",
            { TotalHours: < 1 } => $"{duration.Minutes}m{seconds}s",
            _ => $"{(long)duration.TotalHours}h{duration.Minutes}m{seconds}s",
        };
    }

    private static bool TryReadPart(ref ReadOnlySpan<char> rest, out double milliseconds)
    {
        milliseconds = 0;
        var digits = rest.IndexOfAnyExcept("0123456789.");
        if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var end = rest[digits..].IndexOfAny("0123456789.");
        var unit = end < 0 ? rest[digits..].ToString() : rest.Slice(digits, end).ToString();
        rest = end < 0 ? [] : rest[(digits + end)..];
        foreach (var (name, factor) in Units)
        {
            if (name == unit)
            {
                milliseconds = number * factor;
                return true;
            }
        }

        return false;
    }
}
