using System.CommandLine;
using System.Text.Json;
using Validation.Cli.Composition;
using Validation.Core;
using Validation.Core.Running;
using Validation.Reporting;

namespace Validation.Cli.Commands;

/// <summary><c>judge</c>: judges a recorded run again, with its own objectives or with those of a scenario.</summary>
internal static class JudgeCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    public static Command Create(CliHost host)
    {
        var folder = CommonOptions.RunFolder();
        var json = CommonOptions.Json();
        var objectives = new Option<string?>("--objectives-of")
        {
            Description = "Judge by the objectives, invariants and expectation of this scenario instead of the run's own.",
            HelpName = "SCENARIO",
        };
        var command = new Command(
            "judge",
            "Judges a recorded run again and writes its reports. Needs nothing but the folder of the run.\n\nExamples:\n  judge reports/quick-start/latest\n  judge reports/quick-start/latest --objectives-of stricter.yaml")
        {
            folder, objectives, json,
        };
        command.SetAction(parsed =>
        {
            var catalog = new Catalog(host.Time);
            var directory = RunDirectory.Open(parsed.GetValue(folder)!);
            Func<Plan, Plan> choose = parsed.GetValue(objectives) is { } scenario ? plan => WithObjectivesOf(scenario, plan, catalog, host) : plan => plan;
            var run = RunReports.Judge(directory, RunReports.Shown(directory.Root, host.Home), choose, catalog.Invariants);
            RunReports.Write(directory, run);
            if (parsed.GetValue(json))
            {
                host.Output.WriteLine(JsonSerializer.Serialize(run.Result, HarnessJson.Pretty));
            }
            else
            {
                ConsoleReport.Write(host.Console, run);
            }

            return (int)run.Result.ExitCode;
        });
        return command;
    }

    private static Plan WithObjectivesOf(string scenario, Plan recorded, Catalog catalog, CliHost host)
    {
        var environment = EnvironmentCatalog.ToPlan(recorded.Environment, CommonOptions.Local(null), ClusterChoice.None, host);
        var (read, shape) = ScenarioLoader.Load(scenario, catalog, environment, host);
        var other = Planner.Make(read, new Seed(recorded.Seed), recorded.Environment, shape, catalog.Invariants);
        var unknown = other.Objectives.Select(objective => objective.Load).Except(recorded.Loads.Select(load => load.Name)).ToArray();
        return unknown.Length == 0
            ? recorded with { Objectives = other.Objectives, Invariants = other.Invariants, Expect = other.Expect }
            : throw new HarnessException(
                ExitCode.InvalidInput,
                $"{scenario}: its objectives are about {string.Join(", ", unknown.Select(load => $"'{load}'"))}, and the run had no such load.",
                $"The loads of the run were {string.Join(", ", recorded.Loads.Select(load => load.Name))}.");
    }
}
