using System.CommandLine;
using Validation.Cli.Composition;
using Validation.Core;
using Validation.Core.Running;
using Validation.Reporting;

namespace Validation.Cli.Commands;

/// <summary><c>report</c>: writes the reports of a judged run again, without judging it.</summary>
internal static class ReportCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    public static Command Create(CliHost host)
    {
        var folder = CommonOptions.RunFolder();
        var command = new Command("report", "Writes report.html, report.md and junit.xml of a run again and shows its summary.\n\nExample:\n  report reports/quick-start/latest") { folder };
        command.SetAction(parsed =>
        {
            var directory = RunDirectory.Open(parsed.GetValue(folder)!);
            var run = RunReports.Read(directory, RunReports.Shown(directory.Root, host.Home));
            RunReports.Write(directory, run);
            ConsoleReport.Write(host.Console, run);
            return (int)ExitCode.Pass;
        });
        return command;
    }
}
