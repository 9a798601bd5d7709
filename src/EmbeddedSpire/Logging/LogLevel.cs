namespace EmbeddedSpire.Logging;

/// <summary>How much a log line matters; with the numbers of SPIRE's Logger API.</summary>
internal enum LogLevel
{
    Panic = 1,
    Fatal = 2,
    Error = 3,
    Warning = 4,
    Info = 5,
    Debug = 6,
    Trace = 7,
}

/// <summary>The names of levels.</summary>
internal static class LogLevels
{
    /// <summary>Gets the names that configurations use.</summary>
    public static readonly string[] Names = ["panic", "fatal", "error", "warn", "warning", "info", "debug", "trace"];

    /// <summary>Returns what a log line calls the level.</summary>
    public static string Name(this LogLevel level) => level switch
    {
        LogLevel.Panic => "panic",
        LogLevel.Fatal => "fatal",
        LogLevel.Error => "error",
        LogLevel.Warning => "warning",
        LogLevel.Info => "info",
        LogLevel.Debug => "debug",
        _ => "trace",
    };

    /// <summary>Reads one of <see cref="Names"/>, in any case; null reads as the default of SPIRE, which is info.</summary>
    public static LogLevel Parse(string? name) => name?.ToLowerInvariant() switch
    {
        "panic" => LogLevel.Panic,
        "fatal" => LogLevel.Fatal,
        "error" => LogLevel.Error,
        "warn" or "warning" => LogLevel.Warning,
        "debug" => LogLevel.Debug,
        "trace" => LogLevel.Trace,
        _ => LogLevel.Info,
    };
}
