using Validation.Statistics;

namespace Validation.Load.Benching;

/// <summary>What histograms cost.</summary>
/// <param name="Rounds">The rounds, in which histogram and bare array took turns.</param>
public sealed record HistogramResult(IReadOnlyList<HistogramRound> Rounds)
{
    /// <summary>Gets how many times longer than an increment counting a value takes; the median of the rounds.</summary>
    public double RecordRatio => MedianOf(round => round.RecordNs / round.IncrementNs);

    /// <summary>Gets how many times longer than adding two arrays merging takes; the median of the rounds.</summary>
    public double MergeRatio => MedianOf(round => round.MergeNs / round.AddNs);

    /// <summary>Gets the medians of all figures.</summary>
    public HistogramRound Typical => new(
        MedianOf(round => round.RecordNs), MedianOf(round => round.IncrementNs), MedianOf(round => round.MergeNs), MedianOf(round => round.AddNs));

    private double MedianOf(Func<HistogramRound, double> figure) => Shift.Middle([.. Rounds.Select(figure).Order()]);
}

/// <summary>One round; processor time in nanoseconds.</summary>
/// <param name="RecordNs">Counting one value.</param>
/// <param name="IncrementNs">Incrementing one element of an array.</param>
/// <param name="MergeNs">Merging two histograms.</param>
/// <param name="AddNs">Adding two arrays that are as long as the histograms.</param>
public sealed record HistogramRound(double RecordNs, double IncrementNs, double MergeNs, double AddNs);
