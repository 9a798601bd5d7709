namespace Validation.Core;

/// <summary>What a check says about the stack. A run takes the worst of all its checks.</summary>
/// <remarks>The order is the meaning: a known failure outranks doubt, and doubt outranks a pass.</remarks>
public enum Verdict
{
    /// <summary>The whole of the evidence is on the right side of the limit.</summary>
    Pass = 0,

    /// <summary>
    /// There is not enough evidence: too few samples, a fault without proof, a generator that fell behind, a check
    /// that crashed.
    /// </summary>
    Inconclusive = 1,

    /// <summary>The evidence is on the wrong side of the limit.</summary>
    Fail = 2,
}

/// <summary>Combines verdicts.</summary>
public static class VerdictExtensions
{
    /// <summary>Returns the worst of the verdicts; <see cref="Verdict.Inconclusive"/> when there are none.</summary>
    /// <param name="verdicts">The verdicts of single checks, in any order.</param>
    public static Verdict Worst(this IEnumerable<Verdict> verdicts)
    {
        var worst = (Verdict?)null;
        foreach (var verdict in verdicts)
        {
            worst = worst is null || verdict > worst ? verdict : worst;
        }

        // A run in which nothing was checked has shown nothing.
        return worst ?? Verdict.Inconclusive;
    }

    /// <summary>Returns what the process tells its caller.</summary>
    /// <param name="verdict">The verdict.</param>
    public static ExitCode ToExitCode(this Verdict verdict) => verdict switch
    {
        Verdict.Pass => ExitCode.Pass,
        Verdict.Fail => ExitCode.Fail,
        _ => ExitCode.Inconclusive,
    };

    /// <summary>Returns the verdict as it is written in output and files: <c>pass</c>, <c>inconclusive</c>, <c>fail</c>.</summary>
    /// <param name="verdict">The verdict.</param>
    public static string Word(this Verdict verdict) => verdict switch
    {
        Verdict.Pass => "pass",
        Verdict.Fail => "fail",
        _ => "inconclusive",
    };
}
