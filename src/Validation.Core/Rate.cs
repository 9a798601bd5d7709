using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Validation.Core;

/// <summary>How often something happens.</summary>
/// <param name="PerSecond">Events per second; more than zero. All that is written of it as JSON.</param>
[JsonConverter(typeof(RateConverter))]
public readonly record struct Rate(double PerSecond)
{
    /// <summary>What <see cref="TryParse"/> accepts, for messages.</summary>
    public const string Allowed = "a number per second, minute or hour, such as 200/s, 50/min or 10/h";

    /// <summary>Gets the time from one event to the next when they are evenly spaced.</summary>
    public TimeSpan Interval => TimeSpan.FromSeconds(1 / PerSecond);

    /// <summary>Reads a rate such as <c>200/s</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="rate">The rate; more than zero.</param>
    /// <returns>False when the text is not a rate, or not more than zero.</returns>
    public static bool TryParse(string text, out Rate rate)
    {
        rate = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0
            || !double.TryParse(text.AsSpan(0, slash), NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        var seconds = text[(slash + 1)..].Trim() switch { "s" => 1, "min" => 60, "h" => 3_600, _ => 0 };
        if (seconds == 0 || number <= 0 || !double.IsFinite(number))
        {
            return false;
        }

        rate = new Rate(number / seconds);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => PerSecond switch
    {
        >= 1 => PerSecond.ToString("0.##", CultureInfo.InvariantCulture) + "/s",
        >= 1.0 / 60 => (PerSecond * 60).ToString("0.##", CultureInfo.InvariantCulture) + "/min",
        _ => (PerSecond * 3_600).ToString("0.##", CultureInfo.InvariantCulture) + "/h",
    };

    private sealed class RateConverter : JsonConverter<Rate>
    {
        public override Rate Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetDouble());

        public override void Write(Utf8JsonWriter writer, Rate value, JsonSerializerOptions options) => writer.WriteNumberValue(value.PerSecond);
    }
}
