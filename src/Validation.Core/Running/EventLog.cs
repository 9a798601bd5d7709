using System.Text.Json;

namespace Validation.Core.Running;

/// <summary>Writes events to disk as they happen, one JSON object a line, and tells whoever watches.</summary>
/// <remarks>Each line is handed to the operating system before <see cref="Record"/> returns: a killed harness loses none.</remarks>
public sealed class EventLog : IEventSink, IDisposable
{
    private readonly Lock _gate = new();
    private readonly RunClock _clock;
    private readonly FileStream _file;
    private readonly Action<RunEvent>? _watcher;

    /// <summary>Opens the log.</summary>
    /// <param name="file">The file; must not exist.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="watcher">Told of every event after it is on disk; must be quick.</param>
    public EventLog(FileInfo file, RunClock clock, Action<RunEvent>? watcher = null)
    {
        _clock = clock;
        _watcher = watcher;
        _file = new FileStream(file.FullName, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    /// <summary>Reads the events of a run. A last line that was cut off is left out.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="HarnessException">Another line is no event.</exception>
    public static IReadOnlyList<RunEvent> Read(FileInfo file)
    {
        var lines = File.ReadAllLines(file.FullName);
        var events = new List<RunEvent>(lines.Length);
        for (var i = 0; i < lines.Length; i++)
        {
            try
            {
                events.Add(JsonSerializer.Deserialize<RunEvent>(lines[i], HarnessJson.Lines)!);
            }
            catch (JsonException) when (i == lines.Length - 1)
            {
                // The harness was killed in the middle of its last line.
            }
            catch (Exception error) when (error is JsonException or NotSupportedException)
            {
                throw new HarnessException(ExitCode.InvalidInput, $"{file.FullName}:{i + 1}: is no event. {error.Message}", innerException: error);
            }
        }

        return events;
    }

    /// <inheritdoc/>
    public RunEvent Record(Fact fact)
    {
        RunEvent happened;
        lock (_gate)
        {
            happened = new RunEvent(_clock.Now, fact);
            _file.Write([.. JsonSerializer.SerializeToUtf8Bytes(happened, HarnessJson.Lines), (byte)'\n']);
        }

        _watcher?.Invoke(happened);
        return happened;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
