using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Validation.Core;

/// <summary>How the files of a run are written as JSON.</summary>
public static class HarnessJson
{
    /// <summary>Gets the form for files with one object a line.</summary>
    public static JsonSerializerOptions Lines { get; } = Make(indented: false);

    /// <summary>Gets the form for files that people read.</summary>
    public static JsonSerializerOptions Pretty { get; } = Make(indented: true);

    /// <summary>Writes a value to a file.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="file">The file; replaced when it exists.</param>
    /// <param name="value">The value.</param>
    public static void Write<T>(FileInfo file, T value) =>
        File.WriteAllBytes(file.FullName, [.. JsonSerializer.SerializeToUtf8Bytes(value, Pretty), (byte)'\n']);

    /// <summary>Reads a value from a file.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="file">The file.</param>
    /// <exception cref="HarnessException">The file is missing or is not such a value.</exception>
    public static T Read<T>(FileInfo file)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(file.FullName), Pretty)
                ?? throw new JsonException("The file holds null.");
        }
        catch (Exception error) when (error is JsonException or IOException)
        {
            throw new HarnessException(ExitCode.InvalidInput, $"{file.FullName}: cannot be read. {error.Message}", innerException: error);
        }
    }

    private static JsonSerializerOptions Make(bool indented) => new(JsonSerializerDefaults.Web)
    {
        WriteIndented = indented,
        NumberHandling = JsonNumberHandling.Strict,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // The files are read by people too: → and ≥ stay what they are.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };
}
