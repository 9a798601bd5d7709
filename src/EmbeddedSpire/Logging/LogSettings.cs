using EmbeddedSpire.Configuration;

namespace EmbeddedSpire.Logging;

/// <summary>How much is logged, in which form, and where to.</summary>
internal sealed record LogSettings
{
    /// <summary>Gets the level of the least important lines. Defaults to <see cref="LogLevel.Info"/>.</summary>
    public LogLevel Level { get; init; } = LogLevel.Info;

    /// <summary>Gets whether lines are JSON objects rather than text.</summary>
    public bool IsJson { get; init; }

    /// <summary>Gets the file that is appended to; null means standard output.</summary>
    public string? File { get; init; }

    /// <summary>Reads the keys <c>log_level</c>, <c>log_format</c> and <c>log_file</c>; flags of the command line come first.</summary>
    /// <param name="section">The section <c>server</c> or <c>agent</c>.</param>
    /// <param name="flags">May have <c>logLevel</c>, <c>logFormat</c> and <c>logFile</c>.</param>
    public static LogSettings Read(Section section, FlagSet flags)
    {
        section.Ignore("log_source_location");
        var level = section.OneOf("log_level", LogLevels.Names);
        var format = section.OneOf("log_format", "text", "json");
        return new LogSettings
        {
            Level = LogLevels.Parse(flags.Get("logLevel") ?? level),
            IsJson = string.Equals(flags.Get("logFormat") ?? format, "json", StringComparison.OrdinalIgnoreCase),
            File = flags.Get("logFile") ?? section.Text("log_file"),
        };
    }
}
