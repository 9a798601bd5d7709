using Validation.Core.Judging;

namespace Validation.Reporting.Digest;

/// <summary>The order in which every report tells its findings: by kind, and within a kind what went wrong first.</summary>
internal static class FindingGroups
{
    private static readonly (FindingKind Kind, string Title)[] Kinds =
    [
        (FindingKind.Objective, "Objectives"),
        (FindingKind.Invariant, "Invariants"),
        (FindingKind.Fault, "Were the faults really there?"),
        (FindingKind.World, "Is everything as it was before the faults?"),
        (FindingKind.Generator, "Did the generator keep its schedule?"),
        (FindingKind.Run, "Is the run complete?"),
    ];

    /// <summary>Returns the groups that have findings.</summary>
    /// <param name="result">The verdicts.</param>
    public static IEnumerable<(string Title, IReadOnlyList<Finding> Findings)> Of(RunResult result) =>
        from kind in Kinds
        let findings = result.Findings.Where(finding => finding.Kind == kind.Kind).OrderByDescending(finding => finding.Verdict).ToArray()
        where findings.Length > 0
        select (kind.Title, (IReadOnlyList<Finding>)findings);
}
