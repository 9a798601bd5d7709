using System.Text.Json;
using System.Xml.Linq;
using Validation.Core;
using Validation.Core.Capacity;
using Validation.Reporting.Capacities;

namespace Validation.Reporting.Tests.Capacities;

public sealed class CapacityReportTests
{
    private static readonly CapacityResult Found = Result();

    [Fact]
    public void Write_ACapacity_SaysTheAnswerAndItsLimitFirst()
    {
        var markdown = CapacityMarkdown.Write(Found);

        markdown.Should().StartWith("# ✓ Capacity of tiny\n\n**320/s of 'sign' meets the objectives; 640/s fails the objectives.**\n\nLimited by the processors, by the SPIRE servers. ");
        markdown.Should().Contain("| 7 | 640/s | search | ✗ failed | 80.00 % |").And.Contain(" growing |");
        markdown.Should().Contain("No fault is injected").And.Contain("Not judged: fetch p99 whole.").And.Contain("says nothing about SPIRE itself");
    }

    [Fact]
    public void Write_ACapacityAsHtml_IsOnePageWithBothDrawingsAndTheLaw()
    {
        var html = CapacityHtml.Write(Found);

        html.Should().Contain("<h1>320/s</h1>").And.Contain("p99 over rate").And.Contain("the line is the scalability law");
        html.Should().NotContain("<script").And.NotContain("http://").And.NotContain("https://");
        XDocument.Parse($"<body>{html[html.IndexOf("<main>", StringComparison.Ordinal)..html.IndexOf("</body>", StringComparison.Ordinal)]}</body>").Descendants("circle").Should().HaveCount(7 + 6);
    }

    [Fact]
    public void Write_ATextFromElsewhere_StaysAText()
    {
        var html = CapacityHtml.Write(Found with { Statement = "<b>no</b>" });

        html.Should().Contain("&lt;b&gt;no&lt;/b&gt;");
    }

    [Fact]
    public void End_OnATerminal_SaysAnswerLimitLawAndWhereTheReportIs()
    {
        var terminal = TestTerminal.Plain();

        CapacityConsole.End(terminal.Console, Found, "reports/tiny-capacity/1");

        terminal.Written.Should().Contain("✓ PASS  tiny").And.Contain("Limited by the processors").And.Contain("Fitted to 6 levels").And.Contain("reports/tiny-capacity/1/report.html");
    }

    [Fact]
    public void Result_WrittenAsJson_HasRatesAsNumbersAndDurationsWithTheirUnit()
    {
        var json = JsonSerializer.Serialize(Found, HarnessJson.Pretty);

        json.Should().Contain("\"capacityPerSecond\": 320").And.Contain("\"p99Ms\": ").And.Contain("\"outcome\": \"failed\"").And.Contain("\"kind\": \"server-processor\"");
        JsonSerializer.Deserialize<CapacityResult>(json, HarnessJson.Pretty)!.Levels.Should().HaveCount(7);
    }

    private static CapacityResult Result()
    {
        CapacityLevel[] levels = [.. new[] { 10, 20, 40, 80, 160, 320, 640 }.Select((rate, index) => Level(index + 1, rate))];
        return new CapacityResult
        {
            Scenario = "tiny",
            File = "tiny.yaml",
            Spire = "embedded SPIRE",
            Environment = "local",
            Seed = 42,
            Load = "sign",
            Objectives = ["sign p99 ≤ 100ms"],
            LeftOut = ["fetch p99 whole"],
            Verdict = Verdict.Pass,
            Statement = "320/s of 'sign' meets the objectives; 640/s fails the objectives.",
            Capacity = new Rate(320),
            Bottleneck = new Bottleneck(BottleneckKind.ServerProcessor, "The processors were used up."),
            Levels = levels,
            Scalability = Scalability.Of(levels, new Random(1)),
        };
    }

    private static CapacityLevel Level(int number, int rate)
    {
        var isMet = rate < 500;
        return new CapacityLevel
        {
            Number = number,
            Rate = new Rate(rate),
            Purpose = LevelPurpose.Search,
            Outcome = isMet ? LevelOutcome.Met : LevelOutcome.Failed,
            Statement = isMet ? "All objectives are met." : "sign p99: p99 of 'sign' is 2s, limit ≤ 100ms.",
            Planned = rate * 10,
            Throughput = isMet ? rate : rate * 0.8,
            Availability = isMet ? 1 : 0.8,
            Median = TimeSpan.FromMilliseconds(2),
            P99 = TimeSpan.FromMilliseconds(isMet ? 2 + (rate / 10.0) : 2_000),
            Concurrency = rate / (500.0 - Math.Min(rate, 490)),
            IsSteady = isMet,
        };
    }
}
