namespace EmbeddedSpire.Logging;

/// <summary>Logs for one part of the process; its fields stand on every line.</summary>
internal sealed class Logger
{
    private readonly LogSink _sink;
    private readonly KeyValuePair<string, object?>[] _fields;

    /// <summary>Creates a logger without fields.</summary>
    public Logger(LogSink sink)
        : this(sink, [])
    {
    }

    private Logger(LogSink sink, KeyValuePair<string, object?>[] fields) => (_sink, _fields) = (sink, fields);

    /// <summary>Returns a logger with one more field.</summary>
    public Logger With(string key, object? value) =>
        new(_sink, [.. _fields.Where(field => field.Key != key), new(key, value)]);

    /// <summary>Returns a logger for a part of the process, named as SPIRE names it.</summary>
    public Logger For(string subsystem) => With("subsystem_name", subsystem);

    public void Debug(string message, params ReadOnlySpan<(string Key, object? Value)> fields) => Write(LogLevel.Debug, message, fields);

    public void Info(string message, params ReadOnlySpan<(string Key, object? Value)> fields) => Write(LogLevel.Info, message, fields);

    public void Warn(string message, params ReadOnlySpan<(string Key, object? Value)> fields) => Write(LogLevel.Warning, message, fields);

    public void Error(string message, params ReadOnlySpan<(string Key, object? Value)> fields) => Write(LogLevel.Error, message, fields);

    /// <summary>Tells whether lines of a level are written, for callers to whom composing one costs something.</summary>
    public bool IsOn(LogLevel level) => level <= _sink.Level;

    private void Write(LogLevel level, string message, ReadOnlySpan<(string Key, object? Value)> fields)
    {
        if (!IsOn(level))
        {
            return;
        }

        var all = new Dictionary<string, object?>(_fields);
        foreach (var (key, value) in fields)
        {
            all[key] = value;
        }

        _sink.Write(level, message, all);
    }
}
