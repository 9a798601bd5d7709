using System.Xml.Linq;
using Validation.Core;
using Validation.Core.Judging;
using Validation.TestKit;

namespace Validation.Reporting.Tests;

public sealed class JUnitReportTests
{
    [Fact]
    public void Write_RunThatFailed_IsAsReviewed()
    {
        var text = JUnitReport.Write(TestRuns.QuickStart);

        text.Should().Be(Golden.Text("junit.xml", text));
    }

    [Fact]
    public void Write_InconclusiveFinding_IsAnErrorAndNotSkipped()
    {
        var suite = Suite(TestRuns.QuickStart);

        suite.Attribute("errors")!.Value.Should().Be("1");
        suite.Attribute("skipped")!.Value.Should().Be("0");
        suite.Descendants("error").Should().ContainSingle().Which.Attribute("type")!.Value.Should().Be("inconclusive");
    }

    [Theory]
    [InlineData(Verdict.Pass)]
    [InlineData(Verdict.Inconclusive)]
    [InlineData(Verdict.Fail)]
    public void Write_AnyRun_IsGreenExactlyWhenTheRunPassed(Verdict verdict)
    {
        var findings = new[] { Finding("one", Verdict.Pass), Finding("two", verdict) };

        IsGreen(Run(null, verdict, findings)).Should().Be(verdict == Verdict.Pass);
    }

    [Theory]
    [InlineData(Verdict.Fail, Verdict.Pass, true)]
    [InlineData(Verdict.Pass, Verdict.Fail, false)]
    [InlineData(Verdict.Inconclusive, Verdict.Inconclusive, false)]
    public void Write_Canary_IsGreenExactlyWhenItIsAsExpected(Verdict finding, Verdict run, bool isGreen)
    {
        IsGreen(Run("two", run, Finding("one", Verdict.Pass), Finding("two", finding))).Should().Be(isGreen);
    }

    [Theory]
    [InlineData(Verdict.Inconclusive, FindingKind.Objective, Verdict.Pass, true)]
    [InlineData(Verdict.Fail, FindingKind.Objective, Verdict.Fail, false)]
    [InlineData(Verdict.Inconclusive, FindingKind.Fault, Verdict.Pass, true)]
    [InlineData(Verdict.Inconclusive, FindingKind.Generator, Verdict.Inconclusive, false)]
    public void Write_CanaryOfDoubt_IsGreenExactlyWhenWhatItIsAboutIsInDoubt(Verdict finding, FindingKind kind, Verdict verdict, bool isGreen)
    {
        var run = Run("two", verdict, Finding("one", Verdict.Pass), Finding("two", finding) with { Kind = kind });
        var plan = run.Recording.Plan with { Expect = new Core.Scenarios.ExpectedFinding("two") { Verdict = Verdict.Inconclusive } };

        IsGreen(run with { Recording = run.Recording with { Plan = plan } }).Should().Be(isGreen);
    }

    [Theory]
    [InlineData(Verdict.Pass, true)]
    [InlineData(Verdict.Inconclusive, false)]
    public void Write_DefectThatShowsInOtherWaysToo_IsGreenExactlyWhenTheRunPassed(Verdict verdict, bool isGreen)
    {
        var run = Run("two", verdict, Finding("one", Verdict.Fail), Finding("two", Verdict.Fail), Finding("three", Verdict.Inconclusive));
        var plan = run.Recording.Plan with { Expect = new Core.Scenarios.ExpectedFinding("two") { AlsoOthers = true } };

        IsGreen(run with { Recording = run.Recording with { Plan = plan } }).Should().Be(isGreen);
    }

    [Fact]
    public void Write_RunWithoutFindings_IsNotGreen()
    {
        IsGreen(Run(null, Verdict.Inconclusive)).Should().BeFalse();
    }

    [Fact]
    public void Write_HostileTexts_IsStillXml()
    {
        var suite = Suite(TestRuns.Judged(HostileRun.Recording()));

        suite.Attribute("name")!.Value.Should().StartWith("</script><script>").And.Contain("\uFFFD");
    }

    private static bool IsGreen(JudgedRun run) => !Suite(run).Descendants().Any(element => element.Name.LocalName is "failure" or "error");

    private static XElement Suite(JudgedRun run) => XDocument.Parse(JUnitReport.Write(run)).Root!.Element("testsuite")!;

    private static Finding Finding(string name, Verdict verdict) =>
        new() { Kind = FindingKind.Objective, Name = name, Verdict = verdict, Statement = "Seen." };

    private static JudgedRun Run(string? expected, Verdict verdict, params Finding[] findings) => new(
        SampleRuns.QuickStart(expected is null ? null : new Core.Scenarios.ExpectedFinding(expected)),
        new RunResult { Verdict = verdict, Statement = "So it was.", Findings = findings, Windows = [], Statistics = [] },
        "reports/x");
}
