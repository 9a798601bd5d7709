using System.Globalization;
using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Reporting;

/// <summary>What every report is made of: a recording, the verdicts on it, and where both lie.</summary>
/// <param name="Recording">The recording.</param>
/// <param name="Result">The verdicts.</param>
/// <param name="Directory">The run's folder, as the reader of the report would type it.</param>
public sealed record JudgedRun(RunRecording Recording, RunResult Result, string Directory)
{
    /// <summary>Puts the repetitions of a run together. Each has reports of its own, with its timeline and its faults.</summary>
    /// <param name="plan">The plan of all of them.</param>
    /// <param name="repetitions">The repetitions, in their order; at least one.</param>
    /// <param name="result">The verdicts over all of them.</param>
    /// <param name="directory">The folder that holds theirs.</param>
    public static JudgedRun OfRepetitions(Plan plan, IReadOnlyList<JudgedRun> repetitions, RunResult result, string directory) =>
        new(new RunRecording(plan, [], new SampleSet([], new Dictionary<ushort, string>()), [], repetitions[0].Recording.Environment), result, directory)
        {
            Repetitions = repetitions,
        };

    /// <summary>Gets the repetitions that this was put together from; none for a run that was made once.</summary>
    public IReadOnlyList<JudgedRun> Repetitions { get; init; } = [];

    /// <summary>Gets which SPIRE was tested.</summary>
    public string Spire => Recording.Environment.GetValueOrDefault(EnvironmentFactNames.Spire, "an unknown SPIRE (not recorded)");

    /// <summary>Gets what a reader must know about that SPIRE before believing the verdict; null when there is nothing.</summary>
    public string? SpireNote => Spire.Contains("embedded", StringComparison.OrdinalIgnoreCase)
        ? "The embedded SPIRE was tested: this verdict says nothing about SPIRE itself."
        : null;

    /// <summary>Gets what the run has to end like, and because of which defect; null when it has to pass.</summary>
    public string? ExpectationNote => (Recording.Plan.Expect, Recording.Plan.Defect) switch
    {
        (null, _) => null,
        ({ } expected, { } defect) => $"The defect {defect.Name} was switched on. {defect.Summary} The run passes when it is noticed: when ‘{expected.Because}’ fails.",
        ({ } expected, null) => $"A canary: ‘{expected.Because}’ must {expected.ToVerb()}, and everything else must pass.",
    };

    /// <summary>Gets the wall-clock time at which the run began; null when it was not recorded.</summary>
    public DateTimeOffset? StartedAt =>
        DateTimeOffset.TryParse(
            Recording.Environment.GetValueOrDefault(EnvironmentFactNames.StartedAt),
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time)
            ? time
            : null;

    /// <summary>Gets how long the run took, from the first thing it did to the last that was recorded.</summary>
    public TimeSpan Length => Recording.Events.Count > 0
        ? Recording.Events[^1].At
        : TimeSpan.FromTicks(Repetitions.Sum(repetition => repetition.Length.Ticks));

    /// <summary>Gets the command that judges this recording once more.</summary>
    public string JudgeCommand => ShellLine.Of(["./run.sh", "judge", Directory]);

    /// <summary>Gets the command that asks the same question again, with the same choices.</summary>
    public string RunCommand => ShellLine.Of(["./run.sh", "run", Recording.Plan.File, "--seed", Recording.Plan.Seed.ToString(CultureInfo.InvariantCulture)]) + Options;

    /// <summary>Returns whether a finding is the one that the scenario expects not to pass, and ended as expected.</summary>
    /// <param name="finding">One of the findings.</param>
    public bool IsAsExpected(Finding finding) =>
        Recording.Plan.Expect is { } expected && finding.Verdict == expected.Verdict && finding.IsMeantBy(expected);

    /// <summary>Returns whether a finding is nobody's business: besides the one that was looked for, a defect may show in others.</summary>
    /// <param name="finding">One of the findings.</param>
    public bool FollowsFromDefect(Finding finding) =>
        Result.Verdict == Verdict.Pass && finding.Verdict != Verdict.Pass && Recording.Plan.Expect?.AlsoOthers == true && !IsAsExpected(finding);

    private string Options =>
        Recording.Environment.GetValueOrDefault(EnvironmentFactNames.Options) is { Length: > 0 } options ? $" {options}" : string.Empty;
}
