using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Scenarios;

namespace Validation.Core.Running;

/// <summary>
/// Ends a run before its time: when an objective with <see cref="ObjectiveSpec.Abort"/> has failed for certain, or when the
/// deadline is over. It judges what is on disk so far with the judge that has the last word, so that both agree.
/// </summary>
internal sealed class AbortWatch
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan UsualReserve = TimeSpan.FromMinutes(10);

    // Samples are written every second.
    private static readonly TimeSpan OnDiskWithin = TimeSpan.FromSeconds(2);

    // Reading what was recorded must not take the processor from those who record it.
    private const int RestPerLook = 20;

    private readonly Scenario _scenario;
    private readonly Plan _plan;
    private readonly RunDirectory _directory;
    private readonly RunClock _clock;

    /// <summary>Creates the watch.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="directory">Where the run is recorded.</param>
    /// <param name="clock">The run's clock.</param>
    public AbortWatch(Scenario scenario, Plan plan, RunDirectory directory, RunClock clock) =>
        (_scenario, _plan, _directory, _clock) = (scenario, plan, directory, clock);

    /// <summary>Watches until the run has to end.</summary>
    /// <param name="cancellationToken">Ends the watch; the run has ended by itself.</param>
    /// <returns>Why it has to end.</returns>
    public async Task<RunAborted> WatchAsync(CancellationToken cancellationToken)
    {
        var deadline = _scenario.Deadline ?? _scenario.PlannedLength + UsualReserve;
        var begin = _clock.Now;
        var next = LookEvery;
        while (_clock.Now - begin is var elapsed && elapsed < deadline)
        {
            await Task.Delay(Earlier(next, deadline - elapsed), _clock.Time, cancellationToken);
            var look = _clock.Now;
            if (FailedFor() is { } reason)
            {
                return new RunAborted(reason);
            }

            next = LookEvery + ((_clock.Now - look) * RestPerLook);
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

        var (events, samples) = (EventLog.Read(_directory.Events), SampleFile.Read(_directory.Samples));
        return watched.Select(objective => JudgeSoFar(objective, events, samples)).FirstOrDefault(finding => finding?.Verdict == Verdict.Fail) is { } failed
            ? $"Objective '{failed.Name}' has failed: {failed.Statement}"
            : null;
    }

    /// <summary>Judges an objective by what was planned so long ago that its end is on disk: quick failures are there sooner than slow successes.</summary>
    private Finding? JudgeSoFar(ObjectiveSpec objective, IReadOnlyList<RunEvent> events, SampleSet samples)
    {
        var known = _clock.Now - _plan.Loads[_plan.IndexOf(objective.Load)].Timeout - OnDiskWithin;

        // Windows that are still open end with what happened last.
        RunEvent[] soFar = [.. events.TakeWhile(happened => happened.At <= known), new(known, new RunAborted("So far."))];
        var recording = new RunRecording(_plan, soFar, samples, [], new Dictionary<string, string>());
        var windows = MeasuredWindows.Of(recording);
        return CannotRecover(objective, recording, windows) ? ObjectiveJudge.Judge(objective, recording, windows) : null;
    }

    /// <summary>Returns whether the share of bad operations is too large even when all that are still to come in the window are good.</summary>
    private bool CannotRecover(ObjectiveSpec objective, RunRecording recording, MeasuredWindows windows)
    {
        if (IntervalJudge.AllowedShare(objective) is not { } allowed || windows.Find(objective.Window) is not { } window)
        {
            // Outages and recoveries only become longer.
            return true;
        }

        var load = _plan.IndexOf(objective.Load);
        var seen = recording.SamplesIn(load, window);
        var isLatency = objective.Measure.Kind == MeasureKind.Latency;
        var bad = seen.Count(sample => isLatency ? sample.Succeeded && sample.LatencyNs > objective.Limit * 1e9 : !sample.Succeeded);
        var length = TimeSpan.FromTicks(_plan.Phases.Where(phase => objective.Window.Phase is null || phase.Name == objective.Window.Phase).Sum(phase => phase.Length.Ticks));
        return bad > allowed * Math.Max(seen.Count, _plan.Loads[load].Arrivals.MostIn(length));
    }
}
