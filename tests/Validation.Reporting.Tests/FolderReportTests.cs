namespace Validation.Reporting.Tests;

/// <summary>The summary over a folder of scenarios: tables that can be copied into a README.</summary>
public sealed class FolderReportTests
{
    [Fact]
    public void Write_TwoRuns_HasARowForEachAndOneForEachKindOfFault()
    {
        var terminal = TestTerminal.Plain();

        FolderReport.Write(terminal.Console, "scenarios/selftest", 3, [], [TestRuns.QuickStart, TestRuns.QuickStart]);

        var lines = terminal.Written.Split('\n');
        lines.Should().Contain("scenarios/selftest: 0 of 3 scenarios passed");
        lines.Count(line => line.Contains("quick-start", StringComparison.Ordinal) && line.EndsWith("report.html |", StringComparison.Ordinal)).Should().Be(2);
        lines.Should().ContainSingle(line => line.StartsWith("| partition", StringComparison.Ordinal)).Which.Should().Contain("2 of 2");
        lines.Should().ContainSingle(line => line.StartsWith("Left behind: nothing; compared before and after ", StringComparison.Ordinal));
        lines.Where(line => line.StartsWith("| fault ", StringComparison.Ordinal)).Should().ContainSingle();
    }

    [Fact]
    public void Write_ScenariosThatCannotRunThere_AreNamed()
    {
        var terminal = TestTerminal.Plain();

        FolderReport.Write(terminal.Console, "scenarios/incidents", 1, ["api-server-away", "other"], [TestRuns.QuickStart]);

        terminal.Written.Should().Contain("scenarios/incidents: 0 of 1 scenarios passed; left out, because they cannot run there: api-server-away, other");
    }
}
