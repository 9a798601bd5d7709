using Spectre.Console;
using Validation.Core.Running;
using Validation.Reporting.Terminal;

namespace Validation.Reporting;

/// <summary>
/// Shows a run while it goes on: on a terminal a table that is drawn anew every second, otherwise plain lines. It has no
/// clock of its own and shows exactly what it is told. May be told from any thread, and returns at once.
/// </summary>
public sealed class LiveProgress : IProgress<string>, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly ProgressState _state;
    private readonly IProgressView _view;

    /// <summary>Begins to show a run. Nobody else may write to the console until this is disposed.</summary>
    /// <param name="console">Where to show it.</param>
    /// <param name="plan">The run's plan.</param>
    public LiveProgress(IAnsiConsole console, Plan plan)
    {
        _state = new ProgressState(plan);
        _view = console.Profile.Capabilities is { Ansi: true, Interactive: true } ? new TableProgress(console) : new PlainProgress(console);
    }

    /// <summary>Tells what is being waited for, while the stack comes up or goes down.</summary>
    /// <param name="value">One short sentence.</param>
    public void Report(string value)
    {
        lock (_gate)
        {
            _state.WaitingFor = value;
            _view.Wait(value);
        }
    }

    /// <summary>Tells of an event.</summary>
    /// <param name="happened">The event.</param>
    public void Show(RunEvent happened)
    {
        lock (_gate)
        {
            _state.Apply(happened);
            if (EventLine.Of(happened, _state.Plan) is { } line)
            {
                _view.Say(line);
            }
        }
    }

    /// <summary>Tells how far a load has come.</summary>
    /// <param name="tick">The load's tick.</param>
    public void Show(LoadTick tick)
    {
        lock (_gate)
        {
            _view.Tick(_state, tick.At);
            _state.Apply(tick);
        }
    }

    /// <summary>Gives the console back; what was drawn anew every second is taken away.</summary>
    public ValueTask DisposeAsync() => _view.DisposeAsync();
}
