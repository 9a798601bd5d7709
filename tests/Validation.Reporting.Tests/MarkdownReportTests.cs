using Validation.Core.Recording;
using Validation.Core.Scenarios;
using Validation.TestKit;

namespace Validation.Reporting.Tests;

public sealed class MarkdownReportTests
{
    [Fact]
    public void Write_RunThatFailed_IsAsReviewed()
    {
        var text = MarkdownReport.Write(TestRuns.QuickStart);

        text.Should().Be(Golden.Text("report.md", text));
    }

    [Fact]
    public void Write_RunWithADefect_SaysSoInItsHead()
    {
        var canary = TestRuns.Canary("entries longest-outage database-lost");
        var plan = canary.Recording.Plan with { Defect = new DefectKind("pool-lost", "The pool is lost.") };

        var text = MarkdownReport.Write(canary with { Recording = canary.Recording with { Plan = plan } });

        text.Split("## Findings")[0].Should().Contain("The defect pool-lost was switched on. The pool is lost. The run passes when it is noticed");
    }

    [Fact]
    public void Write_Canary_SaysThatTheFailureWasExpected()
    {
        var text = MarkdownReport.Write(TestRuns.Canary("entries longest-outage database-lost"));

        text.Should().Contain("A canary: ‘entries longest-outage database-lost’ must fail, and everything else must pass.").And.Contain("**✗ fail** as expected");
    }

    [Fact]
    public void Write_HostileTexts_StayTexts()
    {
        var text = MarkdownReport.Write(TestRuns.Judged(HostileRun.Recording()));

        text.Should().NotContain("\0").And.NotContain("\u001b");
        text.Split('\n').Where(line => !line.StartsWith("    ", StringComparison.Ordinal))
            .Should().NotContain(line => line.Contains("<script") || line.Contains("[x]("), "only indented code is not markup");
        text.Split('\n').Where(line => line.StartsWith('|')).Should().OnlyContain(line => line.EndsWith('|'), "no text may break its row");
    }

    [Fact]
    public void Write_RunOnAStagingCluster_NamesTheOptionsThatItTakesToRunItAgain()
    {
        var recording = HostileRun.Recording();
        var facts = new Dictionary<string, string>(recording.Environment)
        {
            [EnvironmentFactNames.Options] = "--environment kubernetes --environment-file 'our staging.yaml'",
        };

        var text = MarkdownReport.Write(TestRuns.Judged(recording with { Environment = facts }));

        text.Should().MatchRegex("run.sh run .* --seed [0-9]+ --environment kubernetes --environment-file 'our staging.yaml'\n");
    }
}
