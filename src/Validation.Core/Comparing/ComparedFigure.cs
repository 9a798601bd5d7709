using Validation.Core.Scenarios;

namespace Validation.Core.Comparing;

/// <summary>What became of one figure between two groups of runs.</summary>
public sealed record ComparedFigure
{
    /// <summary>Gets the figure's name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets what it is.</summary>
    public required FigureFamily Family { get; init; }

    /// <summary>Gets what was measured.</summary>
    public required Measure Measure { get; init; }

    /// <summary>Gets what became of it.</summary>
    public required Change Change { get; init; }

    /// <summary>Gets the median over the baseline's runs.</summary>
    public required double Before { get; init; }

    /// <summary>Gets the median over the other runs.</summary>
    public required double After { get; init; }

    /// <summary>Gets by how much it shifted (Hodges and Lehmann), in the measure's own unit.</summary>
    public required double Shift { get; init; }

    /// <summary>Gets the lower bound of the shift, 95 % two-sided; null when the runs are too few for one.</summary>
    public double? ShiftLow { get; init; }

    /// <summary>Gets the upper bound of the shift; null when the runs are too few for one.</summary>
    public double? ShiftHigh { get; init; }

    /// <summary>Gets how probable such a difference is between runs of the same stack, corrected for the number of figures.</summary>
    public required double Probability { get; init; }

    /// <summary>Gets the smallest shift that matters: beyond 5 % of the baseline and beyond twice its usual spread.</summary>
    public required double Threshold { get; init; }
}

/// <summary>What became of a figure.</summary>
public enum Change
{
    /// <summary>No difference that is both certain and large enough to matter.</summary>
    Unchanged,

    /// <summary>It got better, by more than chance and by enough to matter.</summary>
    Improved,

    /// <summary>So few runs could not have shown any difference.</summary>
    NotEnoughRuns,

    /// <summary>It got worse, by more than chance and by enough to matter.</summary>
    Regressed,
}
