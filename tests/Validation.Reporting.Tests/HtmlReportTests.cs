using System.Text.RegularExpressions;
using System.Xml.Linq;
using Validation.Core;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.TestKit;

namespace Validation.Reporting.Tests;

public sealed partial class HtmlReportTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Write_RunThatFailed_TellsItsStoryInOrder()
    {
        var html = HtmlReport.Write(TestRuns.QuickStart);

        var headings = HeadingPattern().Matches(html).Select(match => match.Groups[1].Value);
        headings.Should().Equal(
            "Findings", "Timelines", "Faults", "Failures", "Statistics", "Database", "Nodes", "Harness", "Environment", "Plan", "Again");
        html.IndexOf("'entries longest-outage database-lost' failed".Replace("'", "&#39;"), StringComparison.Ordinal)
            .Should().BePositive().And.BeLessThan(html.IndexOf("<h2>", StringComparison.Ordinal), "the statement stands in the banner");
    }

    [Fact]
    public void Write_EmbeddedSpire_SaysSoBeforeAnyNumber()
    {
        var html = HtmlReport.Write(TestRuns.QuickStart);

        html.IndexOf("this verdict says nothing about SPIRE itself", StringComparison.Ordinal)
            .Should().BePositive().And.BeLessThan(html.IndexOf("<h2>", StringComparison.Ordinal));
    }

    [Fact]
    public void Write_RealSpire_HasNoSuchNote()
    {
        var run = TestRuns.QuickStart;
        var facts = new Dictionary<string, string> { [EnvironmentFactNames.Spire] = "SPIRE 1.15.3" };

        var html = HtmlReport.Write(run with { Recording = run.Recording with { Environment = facts } });

        html.Should().Contain("SPIRE 1.15.3").And.NotContain("says nothing about SPIRE itself").And.Contain("not recorded", "the start is not known");
    }

    [Theory]
    [InlineData("<script")]
    [InlineData("http://")]
    [InlineData("https://")]
    [InlineData("src=")]
    [InlineData("@import")]
    [InlineData("onload")]
    public void Write_AnyRun_NeedsNothingElseAndRunsNothing(string forbidden)
    {
        HtmlReport.Write(TestRuns.QuickStart).Should().NotContain(forbidden);
    }

    [Fact]
    public void Write_HostileTexts_StayTexts()
    {
        var html = HtmlReport.Write(TestRuns.Judged(HostileRun.Recording()));

        html.Should().NotContain("<script").And.Contain("&lt;script&gt;").And.NotContain("\0").And.NotContain("\u001b");
    }

    [Fact]
    public void Write_AnyRun_HasDrawingsThatAreXml()
    {
        foreach (var run in new[] { TestRuns.QuickStart, TestRuns.Judged(HostileRun.Recording()) })
        {
            foreach (var drawing in DrawingPattern().Matches(HtmlReport.Write(run)).Select(match => match.Value))
            {
                var svg = XElement.Parse(drawing);
                svg.Descendants().Should().NotContain(element => element.Name.LocalName == "foreignObject");
            }
        }
    }

    [Fact]
    public void Write_Canary_MarksTheExpectedFinding()
    {
        var html = HtmlReport.Write(TestRuns.Canary("entries longest-outage database-lost"));

        html.Should().Contain("as expected</span>").And.Contain("A canary: ‘entries longest-outage database-lost’ must fail");
    }

    [Fact]
    public void Write_RunThatWasCutShort_IsStillAReport()
    {
        var run = new RecordingBuilder("short", Second).Phase("baseline", 10 * Second)
            .Load("fetch", "x509-svid-fetch", 10, (_, _) => new Answer(Second / 100))
            .Fault("baseline/kill", "kill", "baseline", Second, new Dictionary<string, string> { ["target"] = "spire-server-1" }, new Dictionary<string, string>())
            .Event(2 * Second, new FaultInjecting("baseline/kill", new Dictionary<string, IReadOnlyList<string>> { ["target"] = ["spire-server-1"] }))
            .Build(isComplete: false);

        var html = HtmlReport.Write(TestRuns.Judged(run));

        html.Should().Contain("inconclusive</h1>").And.Contain("kill spire-server-1 (not proven)").And.Contain("The run was cut short");
    }

    [Fact]
    public void Write_RunThatNeverFired_IsStillAReport()
    {
        var plan = TestRuns.QuickStart.Recording.Plan;
        var nothing = new RunRecording(plan, [], new SampleSet([], new Dictionary<ushort, string>()), [], new Dictionary<string, string>());

        var html = HtmlReport.Write(TestRuns.Judged(nothing));

        html.Should().Contain("inconclusive</h1>").And.Contain("an unknown SPIRE (not recorded)").And.NotContain("NaN").And.NotContain("∞");
    }

    [Fact]
    public void Write_TenMinutesOfSixLoads_StaysSmall()
    {
        var builder = new RecordingBuilder("long", Second).Phase("baseline", 300 * Second).Phase("steady", 300 * Second);
        for (var load = 1; load <= 6; load++)
        {
            builder.Load($"load-{load}", "x509-svid-fetch", 50, (_, random) => new Answer(Second / random.Next(20, 900), random.Next(20) == 0 ? "unavailable" : null));
        }

        var html = HtmlReport.Write(TestRuns.Judged(builder.Build()));

        System.Text.Encoding.UTF8.GetByteCount(html).Should().BeLessThan(3_000_000);
    }

    [Fact]
    public void Write_PathWithABlank_QuotesItForTheShell()
    {
        var html = HtmlReport.Write(TestRuns.QuickStart with { Directory = "my reports/it's" });

        html.Should().Contain(System.Net.WebUtility.HtmlEncode(@"./run.sh judge 'my reports/it'\''s'"));
    }

    [Fact]
    public void Write_EveryVerdict_HasAWordAndASignBesideItsColour()
    {
        var html = HtmlReport.Write(TestRuns.QuickStart);

        foreach (var verdict in Enum.GetValues<Verdict>())
        {
            html.Should().MatchRegex($"""class="verdict {verdict.Word()}"><span aria-hidden="true">[✓?✗]</span> {verdict.Word()}</span>""");
        }
    }

    [GeneratedRegex("<h2>([^<]*)</h2>")]
    private static partial Regex HeadingPattern();

    [GeneratedRegex("<svg class=\"(timeline|histogram)\".*?</svg>", RegexOptions.Singleline)]
    private static partial Regex DrawingPattern();
}
