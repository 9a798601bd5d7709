using Validation.Core.Scenarios;
using Validation.Scenarios.Reading;

namespace Validation.Scenarios.Sections;

/// <summary>Knows which windows the phases of a scenario have.</summary>
internal sealed class WindowCheck
{
    private readonly IReadOnlyList<PhaseDraft> _phases;

    /// <summary>Creates the check.</summary>
    /// <param name="phases">The scenario's phases.</param>
    public WindowCheck(IReadOnlyList<PhaseDraft> phases)
    {
        _phases = phases;
        Format = new ValueFormat<WindowName?>(Formats.Listed(Words), text => WindowName.TryParse(text, out var window) && Words.Contains(text) ? window : null)
        {
            Explain = Explain,
        };
    }

    /// <summary>Gets the format of a window's name.</summary>
    public ValueFormat<WindowName?> Format { get; }

    private IReadOnlyList<string> Words =>
    [
        WindowName.WholeWord,
        .. _phases.SelectMany(WordsOf).Where(word => word != WindowName.WholeWord).Distinct(),
    ];

    /// <summary>Returns why a time to recover cannot be measured in a window; null when it can.</summary>
    /// <param name="window">The window.</param>
    public string? RecoveryProblem(WindowName window)
    {
        var withFaults = _phases.Where(phase => phase.HasFaults).Select(phase => phase.Name).ToArray();
        return window.Part == WindowPart.All && withFaults.Contains(window.Phase)
            ? null
            : $"time-to-recover needs a phase with faults as its window, not '{window}'. Allowed is {Formats.Listed(withFaults)}.";
    }

    /// <summary>Returns how long a window lasts at least; null when only the run can tell.</summary>
    /// <param name="window">The window.</param>
    public TimeSpan? ShortestLength(WindowName window) => window.Part == WindowPart.All ? PlannedLength(PhasesOf(window)) : null;

    /// <summary>Returns how long a window lasts at most; null when only the run can tell, because a phase waits for its faults to be over.</summary>
    /// <param name="window">The window.</param>
    public TimeSpan? LongestLength(WindowName window) => PhasesOf(window) is var phases && phases.Any(phase => phase.HasFaults) ? null : PlannedLength(phases);

    private IReadOnlyList<PhaseDraft> PhasesOf(WindowName window) => window.Phase is null ? _phases : [.. _phases.Where(phase => phase.Name == window.Phase)];

    private static TimeSpan? PlannedLength(IReadOnlyList<PhaseDraft> phases) =>
        phases.Any(phase => phase.Spec is null) ? null : TimeSpan.FromTicks(phases.Sum(phase => phase.Spec!.Length.Ticks));

    private static string[] WordsOf(PhaseDraft phase) =>
        phase.HasFaults ? [phase.Name, $"{phase.Name}/fault", $"{phase.Name}/recovery"] : [phase.Name];

    private string Explain(string text)
    {
        var named = WindowName.TryParse(text, out var window) ? _phases.FirstOrDefault(phase => phase.Name == window.Phase) : null;
        return named is { HasFaults: false }
            ? $"does not exist: phase '{named.Name}' has no faults, so it has no parts. Write '{named.Name}'."
            : Formats.NotKnown(text, Words);
    }
}
