using Validation.Core;
using Validation.Core.Running;

namespace Validation.Reporting.Terminal;

/// <summary>What is known of a run while it goes on.</summary>
internal sealed class ProgressState
{
    private readonly Dictionary<string, LoadTick> _ticks = [];
    private readonly Dictionary<string, int> _lastSecond = [];
    private readonly List<string> _faultsInForce = [];
    private TimeSpan _phaseStart;

    /// <summary>Creates the state of a run that has not begun.</summary>
    /// <param name="plan">The plan.</param>
    public ProgressState(Plan plan) => Plan = plan;

    /// <summary>Gets the plan.</summary>
    public Plan Plan { get; }

    /// <summary>Gets the latest time that anybody told, since the run began.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Gets the phase; null before the first and after the last.</summary>
    public PlannedPhase? Phase { get; private set; }

    /// <summary>Gets how long the phase has lasted.</summary>
    public TimeSpan PhaseElapsed => Now - _phaseStart;

    /// <summary>Gets what is waited for; null while the loads fire.</summary>
    public string? WaitingFor { get; set; }

    /// <summary>Gets the names of the faults that were injected and have not healed.</summary>
    public IReadOnlyList<string> FaultsInForce => _faultsInForce;

    /// <summary>Gets how far each load has come that said so, in the order of the plan.</summary>
    public IEnumerable<LoadTick> Loads => Plan.Loads.Select(load => _ticks.GetValueOrDefault(load.Name)).OfType<LoadTick>();

    /// <summary>Returns how many operations of a load failed between its last two ticks.</summary>
    /// <param name="load">The load.</param>
    public int FailedLately(string load) => _lastSecond.GetValueOrDefault(load);

    /// <summary>Takes in an event.</summary>
    /// <param name="happened">The event.</param>
    public void Apply(RunEvent happened)
    {
        Advance(happened.At);
        switch (happened.Fact)
        {
            case PhaseStarted started:
                Phase = Plan.Phases.FirstOrDefault(phase => phase.Name == started.Phase);
                _phaseStart = happened.At;
                WaitingFor = null;
                break;
            case PhaseEnded:
                Phase = null;
                break;
            case LoadsStarted:
                WaitingFor = Plan.WarmUp > TimeSpan.Zero ? "warming up" : null;
                break;
            case FaultInjected injected:
                _faultsInForce.Add(injected.Fault);
                break;
            case FaultHealed healed:
                _faultsInForce.Remove(healed.Fault);
                break;
            default:
                break;
        }
    }

    /// <summary>Takes in how far a load has come.</summary>
    /// <param name="tick">The load's tick.</param>
    public void Apply(LoadTick tick)
    {
        Advance(tick.At);
        _lastSecond[tick.Load] = (int)(tick.Failed - (_ticks.GetValueOrDefault(tick.Load)?.Failed ?? 0));
        _ticks[tick.Load] = tick;
    }

    /// <summary>Returns where the run is, as <c>server-killed 9s of 14s</c>.</summary>
    public string PhaseText() => Phase is { } phase
        ? $"{phase.Name} {Duration.Format(Whole(PhaseElapsed))} of {Duration.Format(phase.Length)}"
        : WaitingFor ?? "awaiting the last answers";

    // Events and ticks come from different threads and may overtake each other.
    private void Advance(TimeSpan at) => Now = at > Now ? at : Now;

    private static TimeSpan Whole(TimeSpan elapsed) => TimeSpan.FromSeconds(Math.Floor(elapsed.TotalSeconds));
}
