using Validation.Core;

namespace Validation.Reporting.Tests;

/// <summary>The reports over all repetitions of a run: the verdicts, what each of them measured, and the way to their own reports.</summary>
public sealed class RepetitionsTests
{
    [Fact]
    public void Html_Repetitions_LeadToTheirOwnReports() =>
        HtmlReport.Write(TestRuns.Repeated).Should().Contain("href=\"repetition-001/report.html\"").And.Contain("href=\"repetition-002/report.html\"")
            .And.Contain("In turn: 21.33s, 21.33s").And.NotContain("id=\"timelines\"", "each repetition has its own");

    [Fact]
    public void Markdown_Repetitions_ShowsWhatEachMeasured() =>
        MarkdownReport.Write(TestRuns.Repeated).Should().Contain("In turn: 21.33s, 21.33s.").And.Contain("repetition-002/report.md").And.Contain("| attest | repetition 2 |")
            .And.NotContain("No operation failed");

    [Fact]
    public void Console_Repetitions_NamesTheirReports()
    {
        var terminal = TestTerminal.Plain();

        ConsoleReport.Write(terminal.Console, TestRuns.Repeated);

        terminal.Written.Should().Contain("repetition-002/report.html").And.Contain("could not be decided");
    }

    [Fact]
    public void Length_OfRepetitions_IsTheirSum() => TestRuns.Repeated.Length.Should().Be(TestRuns.QuickStart.Length * 2);

    [Fact]
    public void JUnit_Repetitions_IsNoGreenerThanTheirVerdict()
    {
        TestRuns.Repeated.Result.Verdict.Should().NotBe(Verdict.Pass);
        JUnitReport.Write(TestRuns.Repeated).Should().ContainAny("<failure", "<error");
    }
}
