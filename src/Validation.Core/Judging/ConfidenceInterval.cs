namespace Validation.Core.Judging;

/// <summary>Between what the measured value may lie. Each bound holds with <see cref="Confidence"/>.</summary>
/// <param name="Low">The lower bound, a share for availability and seconds for everything else; null when the sample shows none.</param>
/// <param name="High">The upper bound in the same unit; null when the sample is too small to show one.</param>
/// <param name="Operations">How many operations it rests on.</param>
/// <param name="Effective">How many independent ones they are worth.</param>
/// <param name="DesignEffect">How many operations stand for an independent one; 1 when they do not come in bursts.</param>
/// <param name="Text">The bounds as text with their unit.</param>
public sealed record ConfidenceInterval(double? Low, double? High, int Operations, double Effective, double DesignEffect, string Text)
{
    /// <summary>The confidence of verdicts: at most one in twenty of the stacks that are just not good enough passes.</summary>
    public const double Confidence = 0.95;
}
