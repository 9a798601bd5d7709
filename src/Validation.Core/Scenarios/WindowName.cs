using System.Text.Json;
using System.Text.Json.Serialization;

namespace Validation.Core.Scenarios;

/// <summary>The window an objective is judged over, by name.</summary>
/// <remarks>
/// Written <c>whole</c>, the name of a phase, or a phase and one of its parts: <c>server-killed/fault</c> from the
/// first verified injection to the last verified heal, <c>server-killed/recovery</c> from there to the phase's end.
/// </remarks>
/// <param name="Phase">The phase, or null for the whole run.</param>
/// <param name="Part">Which part of the phase.</param>
[JsonConverter(typeof(WindowNameConverter))]
public readonly record struct WindowName(string? Phase, WindowPart Part = WindowPart.All)
{
    /// <summary>The word for the whole run.</summary>
    public const string WholeWord = "whole";

    /// <summary>Gets the window over the whole run, without warm-up and draining.</summary>
    public static WindowName Whole => default;

    /// <summary>Reads a window's name. Whether the phase exists is not looked at.</summary>
    /// <param name="text">The text.</param>
    /// <param name="window">The name.</param>
    public static bool TryParse(string text, out WindowName window)
    {
        window = Whole;
        if (text == WholeWord)
        {
            return true;
        }

        var parts = text.Split('/');
        var part = parts.Length == 1 ? WindowPart.All : parts[1] switch
        {
            "fault" => WindowPart.Fault,
            "recovery" => WindowPart.Recovery,
            _ => (WindowPart?)null,
        };
        if (part is null || parts.Length > 2 || parts[0].Length == 0)
        {
            return false;
        }

        window = new WindowName(parts[0], part.Value);
        return true;
    }

    /// <summary>Returns the name as scenarios write it.</summary>
    public override string ToString() => (Phase, Part) switch
    {
        (null, _) => WholeWord,
        (_, WindowPart.All) => Phase,
        _ => $"{Phase}/{Part.ToString().ToLowerInvariant()}",
    };

    private sealed class WindowNameConverter : JsonConverter<WindowName>
    {
        public override WindowName Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            TryParse(reader.GetString() ?? string.Empty, out var window) ? window : throw new JsonException("Not a window.");

        public override void Write(Utf8JsonWriter writer, WindowName value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}

/// <summary>A part of a phase.</summary>
public enum WindowPart
{
    /// <summary>All of it, from its start to its end.</summary>
    All,

    /// <summary>From the first verified injection to the last verified heal.</summary>
    Fault,

    /// <summary>From the last verified heal to the end of the phase.</summary>
    Recovery,
}
