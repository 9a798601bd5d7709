using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Scenarios;
using Validation.TestKit;

namespace Validation.Reporting.Tests;

/// <summary>Judged runs for the tests of all reports.</summary>
internal static class TestRuns
{
    public static FixedInvariant[] Invariants { get; } =
    [
        new("svid-verifies", "Every one of 2,357 SVIDs verifies against every server's bundle."),
        new("entries-not-lost", "All 214 acknowledged entries are in the database."),
    ];

    public static JudgedRun QuickStart { get; } = Judged(SampleRuns.QuickStart());

    public static JudgedRun Judged(RunRecording recording, string directory = "reports/quick-start/2026-11-14T02-17-41Z") =>
        new(recording, Judge.Of(recording, Invariants), directory);

    /// <summary>The same run twice, as two repetitions.</summary>
    public static JudgedRun Repeated
    {
        get
        {
            JudgedRun[] each = [Judged(SampleRuns.QuickStart(), "reports/quick-start/all/repetition-001"), Judged(SampleRuns.QuickStart(), "reports/quick-start/all/repetition-002")];
            var plan = each[0].Recording.Plan with { Repeat = 2 };
            return JudgedRun.OfRepetitions(plan, each, RepetitionJudge.Of(plan, [.. each.Select(run => (run.Recording, run.Result))]), "reports/quick-start/all");
        }
    }

    public static JudgedRun Canary(string because) => Judged(SampleRuns.QuickStart(new ExpectedFinding(because)));
}
