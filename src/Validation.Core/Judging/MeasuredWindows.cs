using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;

namespace Validation.Core.Judging;

/// <summary>Finds the windows of a run. Their edges are what was seen, never what was planned.</summary>
public sealed class MeasuredWindows
{
    private readonly Dictionary<WindowName, Window> _byName = [];

    private MeasuredWindows()
    {
    }

    /// <summary>Gets all windows, the whole run first, then in the order in which they begin.</summary>
    public IReadOnlyList<Window> All => [.. _byName.Values.OrderBy(window => window.Name.Phase is not null).ThenBy(window => window.From)];

    /// <summary>Finds the windows of a run.</summary>
    /// <param name="recording">The recording.</param>
    public static MeasuredWindows Of(RunRecording recording)
    {
        var windows = new MeasuredWindows();
        var end = recording.Events.Count > 0 ? recording.Events[^1].At : TimeSpan.Zero;
        if (recording.MeasuredFrom is not { } started)
        {
            return windows;
        }

        var lastPhaseEnd = recording.Facts<PhaseEnded>().Select(fact => (TimeSpan?)fact.At).LastOrDefault();
        windows.Add(WindowName.Whole, started, lastPhaseEnd ?? end);
        foreach (var (at, phase) in recording.Facts<PhaseStarted>())
        {
            var until = recording.Facts<PhaseEnded>().Where(fact => fact.Fact.Phase == phase.Phase).Select(fact => (TimeSpan?)fact.At).FirstOrDefault() ?? end;
            windows.Add(new WindowName(phase.Phase), at, until);
            windows.AddParts(recording, phase.Phase, until);
        }

        return windows;
    }

    /// <summary>Returns a window, or null when the run never got that far or its edge was never proven.</summary>
    /// <param name="name">The window's name.</param>
    public Window? Find(WindowName name) => _byName.GetValueOrDefault(name);

    private void AddParts(RunRecording recording, string phase, TimeSpan phaseEnd)
    {
        var faults = recording.Plan.Faults.Where(fault => fault.Phase == phase).Select(fault => fault.Name).ToHashSet();
        if (faults.Count == 0)
        {
            return;
        }

        var injected = recording.Facts<FaultInjected>().Where(fact => faults.Contains(fact.Fact.Fault)).ToArray();
        var healed = recording.Facts<FaultHealed>().Where(fact => faults.Contains(fact.Fact.Fault)).ToArray();

        // One fault without proof makes both edges unknown: a window between guesses would be a guess.
        if (injected.Length < faults.Count || healed.Length < faults.Count)
        {
            return;
        }

        var ends = healed.Max(fact => fact.At);
        Add(new WindowName(phase, WindowPart.Fault), injected.Min(fact => fact.At), ends);
        Add(new WindowName(phase, WindowPart.Recovery), ends, phaseEnd);
    }

    private void Add(WindowName name, TimeSpan from, TimeSpan to) => _byName[name] = new Window(name, from, to);
}
