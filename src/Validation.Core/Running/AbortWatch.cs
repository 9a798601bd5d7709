using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Scenarios;

namespace Validation.Core.Running;

/// <summary>
/// Ends a run before its time: when an objective with <see cref="ObjectiveSpec.Abort"/> has failed for certain, or when the
/// deadline is over. It judges what is on disk so far with the judge that has the last word, so that both agree.
/// </summary>
/// <remarks>Each look is a chance to be unlucky: an objective with little room has failed at some look sooner than at the end.</remarks>
internal sealed class AbortWatch
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan UsualReserve = TimeSpan.FromMinutes(10);

    // Reading what was recorded must not take the processor from those who record it.
    private const int RestPerLook = 20;

    private readonly Scenario _scenario;
    private readonly Plan _plan;
    private readonly RunDirectory _directory;
    private readonly TimeProvider _time;

    /// <summary>Creates the watch.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="directory">Where the run is recorded.</param>
    /// <param name="time">The clock.</param>
    public AbortWatch(Scenario scenario, Plan plan, RunDirectory directory, TimeProvider time) =>
        (_scenario, _plan, _directory, _time) = (scenario, plan, directory, time);

    /// <summary>Watches until the run has to end.</summary>
    /// <param name="cancellationToken">Ends the watch; the run has ended by itself.</param>
    /// <returns>Why it has to end.</returns>
    public async Task<RunAborted> WatchAsync(CancellationToken cancellationToken)
    {
        var deadline = _scenario.Deadline ?? _scenario.PlannedLength + UsualReserve;
        var begin = _time.GetTimestamp();
        var next = LookEvery;
        while (_time.GetElapsedTime(begin) is var elapsed && elapsed < deadline)
        {
            await Task.Delay(Earlier(next, deadline - elapsed), _time, cancellationToken);
            var look = _time.GetTimestamp();
            if (FailedFor() is { } reason)
            {
                return new RunAborted(reason);
            }

            next = LookEvery + (_time.GetElapsedTime(look) * RestPerLook);
        }

        return new RunAborted($"The deadline of {Duration.Format(deadline)} was over before the last phase.");
    }

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private string? FailedFor()
    {
        var watched = _plan.Objectives.Where(objective => objective.Abort).ToArray();
        if (watched.Length == 0)
        {
            return null;
        }

        var recording = new RunRecording(
            _plan, EventLog.Read(_directory.Events), SampleFile.Read(_directory.Samples), [], new Dictionary<string, string>());
        var windows = MeasuredWindows.Of(recording);
        return watched.Select(objective => ObjectiveJudge.Judge(objective, recording, windows))
            .FirstOrDefault(finding => finding.Verdict == Verdict.Fail) is { } failed
            ? $"Objective '{failed.Name}' has failed: {failed.Statement}"
            : null;
    }
}
