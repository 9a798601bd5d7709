using System.Globalization;
using Validation.Core;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Html;

/// <summary>The first screen: the verdict, the question, and which SPIRE it is about.</summary>
internal static class BannerSection
{
    /// <summary>Writes the section.</summary>
    /// <param name="page">The page.</param>
    /// <param name="run">The run.</param>
    public static void Write(HtmlText page, JudgedRun run)
    {
        var plan = run.Recording.Plan;
        var verdict = run.Result.Verdict;
        page.Add($"""
            <header class="banner {verdict.Word()}">
            <p class="scenario">{plan.Scenario}</p>
            <h1><span class="sign" aria-hidden="true">{Wording.Sign(verdict)}</span> {verdict.Word()}</h1>
            <p class="question">{plan.Question}</p>
            <p class="statement">{run.Result.Statement}</p>

            """);
        if (run.ExpectationNote is { } expectation)
        {
            page.Add($"""<p class="canary">{expectation}</p>""");
        }

        page.Add($"""<dl class="facts">""")
            .Fact("Tested", run.Spire)
            .Fact("Environment", plan.Environment)
            .Fact("Started", Wording.Start(run))
            .Fact("Took", Duration.Format(run.Length))
            .Fact("Seed", plan.Seed.ToString(CultureInfo.InvariantCulture))
            .Fact("Checks", Counts(run))
            .Add($"</dl>\n");
        if (run.SpireNote is { } note)
        {
            page.Add($"""<p class="note">{note}</p>""");
        }

        page.Add($"</header>\n");
    }

    private static string Counts(JudgedRun run) => string.Join(", ", new[] { Verdict.Fail, Verdict.Inconclusive, Verdict.Pass }
        .Select(verdict => (Word: verdict.Word(), Count: run.Result.Findings.Count(finding => finding.Verdict == verdict)))
        .Where(row => row.Count > 0)
        .Select(row => $"{Wording.Number(row.Count)} {row.Word}"));
}
