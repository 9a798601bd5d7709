using Validation.Core.Scenarios;

namespace Validation.Core.Judging;

/// <summary>Compares what was found with what the scenario expects.</summary>
internal static class Expectation
{
    /// <summary>Returns the run's verdict and one sentence that explains it.</summary>
    /// <param name="expected">What a canary must show; null when everything must pass.</param>
    /// <param name="findings">All findings.</param>
    public static (Verdict Verdict, string Statement) Apply(ExpectedFinding? expected, IReadOnlyList<Finding> findings)
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
            failed = [.. failed.Where(finding => finding.IsMeantBy(expected) || !finding.JudgesTheStack())];
            doubtful = [.. doubtful.Where(finding => finding.IsMeantBy(expected) || !finding.JudgesTheStack())];
        }

        if (failed.Any(finding => !finding.IsMeantBy(expected) || expected.Verdict != Verdict.Fail))
        {
            return (Verdict.Fail, $"Expected '{expected.Because}' alone to {expected.ToVerb()}; {Names(failed)} failed.");
        }

        if (doubtful.Any(finding => !finding.IsMeantBy(expected) || expected.Verdict != Verdict.Inconclusive))
        {
            return (Verdict.Inconclusive, $"Expected '{expected.Because}' to {expected.ToVerb()}, but {Names(doubtful)} could not be decided.");
        }

        var (done, alone) = (expected.Verdict == Verdict.Fail ? "Failed" : "Not decided", expected.AlsoOthers == true ? string.Empty : " alone");
        return failed.Length + doubtful.Length == 0
            ? (Verdict.Fail, $"Expected '{expected.Because}' to {expected.ToVerb()} and everything passed: the alarm is silent.")
            : (Verdict.Pass, $"{done} as expected, because of '{expected.Because}'{alone}.");
    }

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
