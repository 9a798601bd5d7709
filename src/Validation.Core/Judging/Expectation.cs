using Validation.Core.Scenarios;

namespace Validation.Core.Judging;

/// <summary>Compares what was found with what the scenario expects.</summary>
internal static class Expectation
{
    /// <summary>Returns the run's verdict and one sentence that explains it.</summary>
    /// <param name="expected">The failure that a canary must show; null when everything must pass.</param>
    /// <param name="findings">All findings.</param>
    public static (Verdict Verdict, string Statement) Apply(ExpectedFailure? expected, IReadOnlyList<Finding> findings)
    {
        var failed = findings.Where(finding => finding.Verdict == Verdict.Fail).ToArray();
        var doubtful = findings.Where(finding => finding.Verdict == Verdict.Inconclusive).ToArray();
        if (expected is null)
        {
            return (findings.Select(finding => finding.Verdict).Worst(), Describe(failed, doubtful, findings.Count));
        }

        if (expected.AlsoOthers == true)
        {
            // A defect shows in many ways; what must be sound is the run by which it was noticed.
            failed = [.. failed.Where(finding => Means(expected, finding) || !JudgesTheStack(finding))];
            doubtful = [.. doubtful.Where(finding => Means(expected, finding) || !JudgesTheStack(finding))];
        }

        if (failed.Any(finding => !Means(expected, finding)))
        {
            return (Verdict.Fail, $"Expected '{expected.Because}' alone to fail; {Names(failed)} failed.");
        }

        if (doubtful.Length > 0)
        {
            return (Verdict.Inconclusive, $"Expected '{expected.Because}' to fail, but {Names(doubtful)} could not be decided.");
        }

        return failed.Length == 0
            ? (Verdict.Fail, $"Expected '{expected.Because}' to fail and everything passed: the alarm is silent.")
            : (Verdict.Pass, $"Failed as expected, because of '{expected.Because}'{(expected.AlsoOthers == true ? string.Empty : " alone")}.");
    }

    // A load may be called like an objective; only what judges the stack can be expected to fail.
    private static bool Means(ExpectedFailure expected, Finding finding) =>
        JudgesTheStack(finding) && finding.Name == expected.Because;

    private static bool JudgesTheStack(Finding finding) => finding.Kind is FindingKind.Objective or FindingKind.Invariant;

    private static string Describe(IReadOnlyCollection<Finding> failed, IReadOnlyCollection<Finding> doubtful, int all) => (failed.Count, doubtful.Count) switch
    {
        (0, 0) => $"All {all} checks passed.",
        (0, _) => $"No check failed, but {Names(doubtful)} could not be decided.",
        (_, 0) => $"{Names(failed)} failed.",
        _ => $"{Names(failed)} failed; {Names(doubtful)} could not be decided.",
    };

    private static string Names(IEnumerable<Finding> findings) =>
        string.Join(", ", findings.Select(finding => $"'{finding.Name}'").Distinct());
}
