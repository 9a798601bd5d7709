using Validation.TestKit;

namespace Validation.Reporting.Tests;

public sealed class ConsoleReportTests
{
    [Fact]
    public void Write_RunThatFailed_SaysWhatFailedFirst()
    {
        var terminal = TestTerminal.Plain();

        ConsoleReport.Write(terminal.Console, TestRuns.QuickStart);

        terminal.Written.Should().Be(Golden.Text("console.txt", terminal.Written));
    }

    [Fact]
    public void Write_PlainConsole_NeverBreaksALine()
    {
        var terminal = TestTerminal.Plain();

        ConsoleReport.Write(terminal.Console, TestRuns.QuickStart);

        terminal.Written.Split('\n').Should().Contain(line => line.Length > 160, "logs must stay searchable").And.NotContain(line => line.Contains('\u001b'));
    }

    [Fact]
    public void Write_Terminal_UsesColours()
    {
        var terminal = TestTerminal.Interactive();

        ConsoleReport.Write(terminal.Console, TestRuns.QuickStart);

        terminal.Written.Should().Contain("\u001b[");
    }

    [Fact]
    public void Write_AnswerWithControlCharacters_CannotDriveTheTerminal()
    {
        var run = TestRuns.Judged(HostileRun.Recording());
        var terminal = TestTerminal.Plain();

        ConsoleReport.Write(terminal.Console, run);

        terminal.Written.Should().NotContain("\u001b").And.NotContain("\0");
    }
}
