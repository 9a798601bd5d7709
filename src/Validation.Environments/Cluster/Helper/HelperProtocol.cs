using System.Text.Json;

namespace Validation.Environments.Cluster.Helper;

/// <summary>
/// How the harness and a node helper talk: the helper greets with one line, then each side writes JSON objects, one a
/// line. Orders are answered in any order, by their number.
/// </summary>
internal static class HelperProtocol
{
    /// <summary>Grows with every change that an older harness or helper would misunderstand.</summary>
    public const int Version = 1;

    /// <summary>After this long without a line the helper undoes everything and ends: the harness is gone, or cut off.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    /// <summary>How often the harness sends a line when it has nothing to say.</summary>
    public static readonly TimeSpan BeatInterval = TimeSpan.FromSeconds(2);

    /// <summary>Writes a value as one line.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="value">The value.</param>
    public static ReadOnlyMemory<byte> Write<T>(T value) => (byte[])[.. JsonSerializer.SerializeToUtf8Bytes(value, HarnessJson.Lines), (byte)'\n'];

    /// <summary>Reads a line.</summary>
    /// <typeparam name="T">What it should be.</typeparam>
    /// <param name="line">The line.</param>
    /// <returns>Null when it is something else.</returns>
    public static T? TryRead<T>(string line)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, HarnessJson.Lines);
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            return null;
        }
    }
}

/// <summary>The helper's first line.</summary>
/// <param name="Protocol">Its <see cref="HelperProtocol.Version"/>.</param>
internal sealed record Greeting(int Protocol);

/// <summary>A line to the helper.</summary>
/// <param name="Id">The number by which it is answered.</param>
/// <param name="Order">What is to be done.</param>
internal sealed record OrderLine(long Id, HelperOrder Order);

/// <summary>A line from the helper.</summary>
/// <param name="Id">The order's number.</param>
/// <param name="Report">What came of it; null when it failed.</param>
/// <param name="Error">Why it failed; null when it did not.</param>
internal sealed record ReportLine(long Id, JsonElement? Report, string? Error);
