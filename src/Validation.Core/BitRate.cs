using System.Globalization;

namespace Validation.Core;

/// <summary>The speed of a line.</summary>
/// <param name="BitsPerSecond">Bits per second; more than zero.</param>
public readonly record struct BitRate(double BitsPerSecond)
{
    /// <summary>What <see cref="TryParse"/> accepts, for messages.</summary>
    public const string Allowed = "a number of kbit/s or Mbit/s, such as 512kbit/s or 10Mbit/s";

    private static readonly (string Unit, double Bits)[] Units = [("Mbit/s", 1e6), ("kbit/s", 1e3)];

    /// <summary>Gets bytes per second.</summary>
    public double BytesPerSecond => BitsPerSecond / 8;

    /// <summary>Reads a speed such as <c>10Mbit/s</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="rate">The speed; more than zero.</param>
    /// <returns>False when the text is not a speed, or not more than zero.</returns>
    public static bool TryParse(string text, out BitRate rate)
    {
        var (unit, bits) = Array.Find(Units, unit => text.EndsWith(unit.Unit, StringComparison.Ordinal));
        var read = unit is not null
            && double.TryParse(text[..^unit.Length].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                ? number * bits
                : 0;
        rate = new BitRate(read);
        return read > 0 && double.IsFinite(read);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var (unit, bits) = BitsPerSecond >= Units[0].Bits ? Units[0] : Units[1];
        return (BitsPerSecond / bits).ToString("0.###", CultureInfo.InvariantCulture) + unit;
    }
}
