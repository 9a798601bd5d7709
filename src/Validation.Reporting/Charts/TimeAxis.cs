using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Reporting.Charts;

/// <summary>Where a moment of the run lies on a chart. All charts of a report have the same time axis.</summary>
internal sealed class TimeAxis
{
    private const int MostTicks = 14;

    private static readonly double[] StepsInSeconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400];

    /// <summary>Creates the axis.</summary>
    /// <param name="from">The moment at the left end.</param>
    /// <param name="to">The moment at the right end.</param>
    /// <param name="left">The coordinate of the left end.</param>
    /// <param name="right">The coordinate of the right end.</param>
    public TimeAxis(TimeSpan from, TimeSpan to, double left, double right)
    {
        From = from;
        To = to > from ? to : from + TimeSpan.FromSeconds(1);
        Left = left;
        Right = right;
    }

    /// <summary>Gets the moment at the left end.</summary>
    public TimeSpan From { get; }

    /// <summary>Gets the moment at the right end.</summary>
    public TimeSpan To { get; }

    /// <summary>Gets the coordinate of the left end.</summary>
    public double Left { get; }

    /// <summary>Gets the coordinate of the right end.</summary>
    public double Right { get; }

    /// <summary>Makes the axis of a run: from the first operation to the end of the last phase.</summary>
    /// <param name="recording">The recording.</param>
    /// <param name="left">The coordinate of the left end.</param>
    /// <param name="right">The coordinate of the right end.</param>
    public static TimeAxis Of(RunRecording recording, double left, double right)
    {
        var from = recording.Facts<LoadsStarted>().Select(fact => fact.At).FirstOrDefault();
        var ended = recording.Facts<PhaseEnded>().Select(fact => fact.At);
        var last = recording.Events.Count > 0 ? recording.Events[^1].At : from;

        // In a run that was cut short the last thing that happened is the end.
        return new TimeAxis(from, recording.Facts<LoadsStopped>().Any() ? ended.DefaultIfEmpty(last).Max() : last, left, right);
    }

    /// <summary>Returns the coordinate of a moment; moments outside lie on the nearer end.</summary>
    /// <param name="at">Time since the run began.</param>
    public double X(TimeSpan at) => Math.Clamp(Left + ((at - From) / (To - From) * (Right - Left)), Left, Right);

    /// <summary>Returns moments at even distances that read well.</summary>
    public IEnumerable<TimeSpan> Ticks()
    {
        var step = StepsInSeconds.FirstOrDefault(step => (To - From).TotalSeconds / step <= MostTicks, StepsInSeconds[^1]);
        for (var at = Math.Ceiling(From.TotalSeconds / step) * step; at <= To.TotalSeconds; at += step)
        {
            yield return TimeSpan.FromSeconds(at);
        }
    }
}
