using Validation.Core.Running;

namespace Validation.Load.Benching;

/// <summary>How late operations were fired at one rate.</summary>
/// <param name="PerSecond">The rate.</param>
/// <param name="Bare">How late a bare loop was.</param>
/// <param name="Generator">How late the generator was: from the planned instant until the operation's code ran on the thread pool.</param>
/// <param name="WithinOneMillisecond">The share of operations that the generator fired within 1 ms.</param>
/// <param name="ProcessorMicroseconds">The processor time of the process for one operation, sleeping included.</param>
/// <param name="AllocatedBytes">What was allocated for one operation.</param>
public sealed record PacingResult(
    double PerSecond, Delays Bare, Delays Generator, double WithinOneMillisecond, double ProcessorMicroseconds, double AllocatedBytes)
{
    /// <summary>Gets how many times later than the bare loop the generator is, at the 99th percentile.</summary>
    public double P99Ratio => Generator.P99 / Bare.P99;
}
