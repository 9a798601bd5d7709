using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EmbeddedSpire.Logging;

/// <summary>Writes log lines as SPIRE does, in the form of logrus: <c>time="…" level=info msg="…" key=value</c>, or as JSON.</summary>
internal sealed class LogSink : IDisposable
{
    private const string Unquoted = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/@^+";

    private readonly TextWriter _writer;
    private readonly bool _ownsWriter;
    private readonly bool _isJson;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();

    /// <summary>Creates a sink.</summary>
    /// <param name="writer">Where the lines go.</param>
    /// <param name="settings">How much, and in which form.</param>
    /// <param name="time">The clock of the lines.</param>
    /// <param name="ownsWriter">Whether the writer ends with the sink.</param>
    public LogSink(TextWriter writer, LogSettings settings, TimeProvider time, bool ownsWriter = false)
    {
        _writer = writer;
        _ownsWriter = ownsWriter;
        _isJson = settings.IsJson;
        _time = time;
        Level = LaunchLevel = settings.Level;
    }

    /// <summary>Gets or sets the level of the least important lines that are written. Can be changed while the server runs.</summary>
    public LogLevel Level { get; set; }

    /// <summary>Gets the level with which the process began.</summary>
    public LogLevel LaunchLevel { get; }

    /// <summary>Opens the sink that the settings name: standard output, or a file that is appended to.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static LogSink Open(LogSettings settings, TimeProvider time) => settings.File is { } file
        ? new LogSink(new StreamWriter(file, append: true), settings, time, ownsWriter: true)
        : new LogSink(Console.Out, settings, time);

    /// <summary>Writes a line at once.</summary>
    public void Write(LogLevel level, string message, IEnumerable<KeyValuePair<string, object?>> fields)
    {
        var line = _isJson ? Json(level, message, fields) : Text(level, message, fields);
        lock (_gate)
        {
            _writer.WriteLine(line);
            _writer.Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_ownsWriter)
        {
            _writer.Dispose();
        }
    }

    private static string Format(object? value) => value switch
    {
        null => "<nil>",
        string text => text,
        bool truth => truth ? "true" : "false",
        TimeSpan duration => Configuration.GoDuration.Format(duration),
        DateTimeOffset instant => instant.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        LogLevel level => level.Name(),
        IEnumerable<object> list => $"[{string.Join(' ', list)}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty,
    };

    private static void AppendPair(StringBuilder line, string key, string value)
    {
        line.Append(line.Length > 0 ? " " : string.Empty).Append(key).Append('=');
        if (value.AsSpan().ContainsAnyExcept(Unquoted))
        {
            AppendQuoted(line, value);
        }
        else
        {
            line.Append(value);
        }
    }

    private static void AppendQuoted(StringBuilder line, string value)
    {
        line.Append('"');
        foreach (var character in value)
        {
            _ = character switch
            {
                '"' or '\\' => line.Append('\\').Append(character),
                '\n' => line.Append("\\n"),
                '\r' => line.Append("\\r"),
                '\t' => line.Append("\\t"),
                < ' ' or '\u007f' => line.Append(CultureInfo.InvariantCulture, $"\\x{(int)character:x2}"),
                _ => line.Append(character),
            };
        }

        line.Append('"');
    }

    private string Text(LogLevel level, string message, IEnumerable<KeyValuePair<string, object?>> fields)
    {
        var line = new StringBuilder();
        AppendPair(line, "time", Now());
        AppendPair(line, "level", level.Name());
        AppendPair(line, "msg", message);
        foreach (var (key, value) in fields.OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            AppendPair(line, key, Format(value));
        }

        return line.ToString();
    }

    private string Json(LogLevel level, string message, IEnumerable<KeyValuePair<string, object?>> fields)
    {
        var members = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in fields)
        {
            members[key] = Format(value);
        }

        (members["time"], members["level"], members["msg"]) = (Now(), level.Name(), message);
        return JsonSerializer.Serialize(members);
    }

    private string Now()
    {
        var now = _time.GetLocalNow();
        return now.ToString(now.Offset == TimeSpan.Zero ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
    }
}
