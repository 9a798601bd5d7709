using Spectre.Console;
using Validation.Core;
using Validation.Core.Running;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Terminal;

/// <summary>Progress for logs: one line for each thing that happens, and one every five seconds that says how the loads are.</summary>
internal sealed class PlainProgress : IProgressView
{
    private static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(5);

    private readonly IAnsiConsole _console;
    private string? _waitingFor;
    private TimeSpan? _nextStatus;

    /// <summary>Creates the view.</summary>
    /// <param name="console">Where to write.</param>
    public PlainProgress(IAnsiConsole console) => _console = console;

    /// <inheritdoc/>
    public void Say(Line line) => _console.Write(line);

    /// <inheritdoc/>
    public void Wait(string text)
    {
        if (text != _waitingFor)
        {
            _waitingFor = text;
            Say(new Line().Add($"          {text}"));
        }
    }

    /// <inheritdoc/>
    public void Tick(ProgressState state, TimeSpan at)
    {
        _nextStatus ??= at + StatusInterval;
        if (at < _nextStatus || !state.Loads.Any())
        {
            return;
        }

        _nextStatus = at + StatusInterval;
        Say(new Line().Add($"{Wording.Moment(state.Now),8}  ").Add($"{state.PhaseText()}: {string.Join("; ", state.Loads.Select(Describe))}"));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string Describe(LoadTick tick) =>
        $"{tick.Load} {Wording.Number(tick.Succeeded)} ok, {Wording.Number(tick.Failed)} failed, p99 {(tick.P99 is { } p99 ? Duration.Format(p99) : "–")}";
}
