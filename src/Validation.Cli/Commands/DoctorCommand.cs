using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Validation.Core;
using Validation.Environments.Local.Doctor;

namespace Validation.Cli.Commands;

/// <summary><c>doctor</c>: says whether the local environment can work here, and what to do when it cannot.</summary>
internal static class DoctorCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    public static Command Create(CliHost host)
    {
        var spire = CommonOptions.Spire();
        var json = CommonOptions.Json();
        var install = new Option<bool>("--install") { Description = "Install what is missing with apt-get, where that is allowed." };
        var forTests = new Option<bool>("--for-tests") { Description = "Also look for what only the tests need." };
        var command = new Command("doctor", "Looks for everything that the local environment needs: found, or how to get it.") { spire, json, install, forTests };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(install))
            {
                await Prerequisites.EnsureAsync(host, parsed.GetValue(forTests), cancellationToken);
            }

            var report = await new LocalDoctor(CommonOptions.Local(parsed.GetValue(spire)), host.Time).ExamineAsync(cancellationToken);
            if (parsed.GetValue(json))
            {
                await host.Output.WriteLineAsync(JsonSerializer.Serialize(report, HarnessJson.Pretty));
            }
            else
            {
                Show(host.Console, report);
            }

            return (int)(report.CanWork ? ExitCode.Pass : ExitCode.EnvironmentFailed);
        });
        return command;
    }

    private static void Show(IAnsiConsole console, DoctorReport report)
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns(string.Empty, string.Empty, string.Empty);
        foreach (var prerequisite in report.Prerequisites)
        {
            var sign = prerequisite.State switch { PrerequisiteState.Met => "ok", PrerequisiteState.Doubtful => "?", _ => "MISSING" };
            table.AddRow(new Text(sign), new Text(prerequisite.Name), new Text(prerequisite.Remedy is null ? prerequisite.Seen : $"{prerequisite.Seen}\n→ {prerequisite.Remedy}"));
        }

        console.Write(table);
        if (report.InstallCommand is { } command)
        {
            console.WriteLine();
            console.WriteLine($"Everything that is missing: {command}");
        }
    }
}
