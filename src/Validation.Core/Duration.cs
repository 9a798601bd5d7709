using System.Globalization;
using System.Text;

namespace Validation.Core;

/// <summary>Reads and writes durations the way scenarios and reports spell them: <c>250ms</c>, <c>15s</c>, <c>1m30s</c>.</summary>
public static class Duration
{
    /// <summary>What <see cref="TryParse"/> accepts, for messages.</summary>
    public const string Allowed = "a number with a unit (us, ms, s, m, h), such as 250ms, 15s or 1m30s";

    private static readonly (string Unit, double Milliseconds)[] Units =
    [
        ("us", 0.001), ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000),
    ];

    /// <summary>Reads a duration.</summary>
    /// <param name="text">One or more numbers, each with its unit, largest unit first.</param>
    /// <param name="duration">The duration; never negative.</param>
    /// <returns>False when the text is not a duration; a bare number is not one, because its unit would be a guess.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var rest = text.AsSpan().Trim();
        var milliseconds = 0.0;
        var previousUnit = double.MaxValue;
        if (rest.IsEmpty)
        {
            return false;
        }

        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept("0123456789.");
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            {
                return false;
            }

            rest = rest[digits..].TrimStart();
            var letters = rest.IndexOfAny("0123456789. ");
            var unit = letters < 0 ? rest : rest[..letters];
            var size = SizeOf(unit);
            if (size is null || size >= previousUnit)
            {
                return false;
            }

            milliseconds += number * size.Value;
            previousUnit = size.Value;
            rest = rest[unit.Length..].TrimStart();
        }

        if (milliseconds > TimeSpan.MaxValue.TotalMilliseconds)
        {
            return false;
        }

        duration = TimeSpan.FromTicks((long)Math.Round(milliseconds * TimeSpan.TicksPerMillisecond));
        return true;
    }

    /// <summary>Writes a duration with a precision that suits its size: <c>850us</c>, <c>12.3ms</c>, <c>4.20s</c>, <c>1m30s</c>.</summary>
    /// <param name="duration">Any duration; negative ones get a minus sign.</param>
    public static string Format(TimeSpan duration)
    {
        if (duration < TimeSpan.Zero)
        {
            return "-" + Format(duration.Negate());
        }

        var milliseconds = duration.TotalMilliseconds;
        return milliseconds switch
        {
            0 => "0s",
            < 1 => Number(milliseconds * 1_000, "0", "us"),
            < 10 => Number(milliseconds, "0.00", "ms"),
            < 100 => Number(milliseconds, "0.0", "ms"),
            < 1_000 => Number(milliseconds, "0", "ms"),
            < 60_000 => Number(milliseconds / 1_000, milliseconds % 1_000 == 0 ? "0" : "0.00", "s"),
            _ => Compound(duration),
        };
    }

    /// <summary>Writes a duration with all its digits, where <see cref="Format"/> would round it: <c>25.325ms</c>, <c>1m30.4s</c>.</summary>
    /// <param name="duration">The duration; not negative.</param>
    public static string FormatExactly(TimeSpan duration)
    {
        var rounded = Format(duration);
        if (TryParse(rounded, out var same) && same == duration)
        {
            return rounded;
        }

        if (duration < TimeSpan.FromSeconds(1))
        {
            return Number(duration.TotalMilliseconds, "0.####", "ms");
        }

        var minutes = TimeSpan.FromMinutes(Math.Floor(duration.TotalMinutes));
        var seconds = Number((duration - minutes).TotalSeconds, "0.#######", "s");
        return minutes == TimeSpan.Zero ? seconds : Format(minutes) + seconds;
    }

    private static string Number(double value, string format, string unit) =>
        value.ToString(format, CultureInfo.InvariantCulture) + unit;

    private static string Compound(TimeSpan duration)
    {
        var whole = TimeSpan.FromSeconds(Math.Round(duration.TotalSeconds));
        var text = new StringBuilder();
        if (whole.TotalHours >= 1)
        {
            text.Append((int)whole.TotalHours).Append('h');
        }

        if (whole.Minutes > 0)
        {
            text.Append(whole.Minutes).Append('m');
        }

        if (whole.Seconds > 0)
        {
            text.Append(whole.Seconds).Append('s');
        }

        return text.ToString();
    }

    private static double? SizeOf(ReadOnlySpan<char> unit)
    {
        foreach (var (name, milliseconds) in Units)
        {
            if (unit.SequenceEqual(name))
            {
                return milliseconds;
            }
        }

        return null;
    }
}
