using System.Globalization;

namespace Validation.Core;

/// <summary>A share of a whole as scenarios and reports write it, for example <c>99.9%</c>.</summary>
public static class Percentage
{
    /// <summary>Reads a percentage.</summary>
    /// <param name="text">A decimal number that is not negative, and a percent sign.</param>
    /// <param name="share">The share; 1 for <c>100%</c>. It may be more.</param>
    /// <returns>False when the text is not a percentage.</returns>
    /// <remarks>Read as a decimal, so that <c>99.9%</c> is exactly the double that 0.999 is.</remarks>
    public static bool TryParse(string text, out double share)
    {
        var read = text.EndsWith('%')
            && decimal.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var percent)
                ? percent
                : -1;
        share = (double)(read / 100);
        return read >= 0;
    }

    /// <summary>Writes a share as a percentage, with at most six decimals.</summary>
    /// <param name="share">The share.</param>
    public static string Format(double share) => ((decimal)share * 100).ToString("0.######", CultureInfo.InvariantCulture) + "%";
}
