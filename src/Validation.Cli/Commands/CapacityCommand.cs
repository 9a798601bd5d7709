using System.CommandLine;
using Spectre.Console;
using Validation.Cli.Composition;
using Validation.Core;
using Validation.Core.Capacity;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Local.Sandbox;
using Validation.Load;
using Validation.Reporting.Capacities;

namespace Validation.Cli.Commands;

/// <summary><c>capacity</c>: finds the highest rate of one load that meets a scenario's objectives, on one stack that stays up.</summary>
internal sealed class CapacityCommand
{
    private readonly CliHost _host;
    private readonly Catalog _catalog;
    private readonly IEnvironment _environment;
    private readonly Seed _seed;

    private CapacityCommand(CliHost host, Catalog catalog, IEnvironment environment, Seed seed) =>
        (_host, _catalog, _environment, _seed) = (host, catalog, environment, seed);

    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    /// <param name="interior">The sandbox this process is in, or null.</param>
    public static Command Create(CliHost host, SandboxInterior? interior)
    {
        var scenario = CommonOptions.Scenario();
        var seed = CommonOptions.Seed();
        var environmentName = CommonOptions.Environment();
        var spire = CommonOptions.Spire();
        var reports = CommonOptions.Reports(host);
        var cluster = new ClusterOptions();
        var search = new CapacitySearchOptions();
        var command = new Command(
            "capacity",
            "Finds the highest rate of one load that meets a scenario's objectives while nothing is broken, and says what limits it.\n\n"
            + "Examples:\n  capacity --load sign\n  capacity scenarios/server-kill.yaml --load sign --from 200/s --window 20s\n  capacity --load sign --to 500/s\n\n"
            + "Exit codes: 0 found, 1 even the lowest rate fails, 2 inconclusive: the harness was the limit, or no rate could be confirmed, 3 invalid input, 4 environment failed.")
        {
            scenario, seed, environmentName, spire, reports,
        };
        search.AddTo(command);
        cluster.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var catalog = new Catalog(host.Time);
            var environment = EnvironmentCatalog.ToUse(
                parsed.GetValue(environmentName)!, CommonOptions.Local(parsed.GetValue(spire)), cluster.Read(parsed, parsed.GetValue(environmentName)!), host);
            await ScenarioLoader.FindAsync(environment, cancellationToken);
            var (read, _) = ScenarioLoader.Load(parsed.GetValue(scenario)!, catalog, environment, host);
            var question = CapacityQuestion.Of(read, search.Read(parsed));
            if (environment is not IClusterEnvironment && interior is null)
            {
                await Prerequisites.EnsureAsync(host, [read.Stack], cancellationToken);
                return await SandboxHost.RunAsync([.. parsed.Tokens.Select(token => token.Value)], cancellationToken);
            }

            using var stop = new StopSignals(cancellationToken);
            var chosen = new Seed(CommonOptions.SeedOf(parsed.GetValue(seed), read.Seed));
            try
            {
                return (int)await new CapacityCommand(host, catalog, environment, chosen).ExecuteAsync(read, question, parsed.GetValue(reports)!, stop.Token);
            }
            catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
            {
                await host.Errors.WriteLineAsync("Interrupted: what was measured until now is in the folders of the levels.");
                return (int)ExitCode.Inconclusive;
            }
        });
        return command;
    }

    private async Task<ExitCode> ExecuteAsync(Scenario scenario, CapacityQuestion question, DirectoryInfo reports, CancellationToken cancellationToken)
    {
        var directory = RunDirectory.Create(reports, $"{scenario.Name}-capacity", _host.Time.GetUtcNow());
        CapacityConsole.Begin(_host.Console, question);
        await using var stack = await _environment.UpAsync(scenario.Stack, directory.Logs, new Lines(_host), cancellationToken);
        var finder = new CapacityFinder(question, (order, token) => MeasureAsync(question, order, stack, directory.CreateLevel(order.Number), token));
        var (levels, confirmed) = await finder.FindAsync(cancellationToken);
        var answer = CapacityAnswer.Of(question.Load, levels, confirmed);
        var result = new CapacityResult
        {
            Scenario = scenario.Name,
            File = scenario.Position.Path,
            Spire = stack is ISpireStack known ? known.Flavor : "no SPIRE",
            Environment = _environment.Name,
            Seed = _seed.Value,
            Load = question.Load,
            Objectives = question.Objectives,
            LeftOut = question.LeftOut,
            Verdict = answer.Verdict,
            Statement = answer.Statement,
            Capacity = confirmed,
            Bottleneck = answer.Bottleneck,
            Levels = levels,
            Scalability = Scalability.Of(levels, _seed.StreamFor("scalability")),
        };
        HarnessJson.Write(directory.Capacity, result);
        await File.WriteAllTextAsync(directory.HtmlReport.FullName, CapacityHtml.Write(result), cancellationToken);
        await File.WriteAllTextAsync(directory.MarkdownReport.FullName, CapacityMarkdown.Write(result), cancellationToken);
        CapacityConsole.End(_host.Console, result, RunReports.Shown(directory.Root, _host.Home));
        return result.ExitCode;
    }

    /// <summary>Measures a level as a run of its own on the stack that is up, so that it can be judged and reported again like any run.</summary>
    private async Task<CapacityLevel> MeasureAsync(
        CapacityQuestion question, LevelOrder order, IStack stack, RunDirectory directory, CancellationToken cancellationToken)
    {
        var scenario = question.At(order);
        var shape = _environment.Describe(scenario.Stack);

        // Each level has its own seed, so that no two of them make the same entries.
        var plan = Planner.Make(scenario, new Seed(unchecked(_seed.Value + order.Number)), _environment.Name, shape, _catalog.Invariants);
        var parts = new RunParts
        {
            Environment = _environment,
            Drivers = _catalog.Drivers,
            Injectors = [],
            Witnesses = [.. _catalog.Witnesses, new UseWitness(_host.Time)],
            Generator = new OpenLoopGenerator(_host.Time),
            Time = _host.Time,
            Watcher = new Nobody(),
            Facts = new Dictionary<string, string> { ["harness"] = Versions.Own },
        };
        await new ScenarioRun(parts, scenario, plan, directory).ExecuteOnAsync(stack, cancellationToken);
        var run = RunReports.Judge(directory, RunReports.Shown(directory.Root, _host.Home), made => made, _catalog.Invariants);
        RunReports.Write(directory, run);
        var level = LevelReader.Read(order, question.Load, run.Recording, run.Result);
        CapacityConsole.Show(_host.Console, level);
        return level;
    }

    private sealed class Lines(CliHost host) : IProgress<string>
    {
        public void Report(string value) => host.Console.WriteLine(value);
    }

    /// <summary>Watches no level: one line at its end is enough.</summary>
    private sealed class Nobody : IRunWatcher
    {
        public IProgress<string> Progress { get; } = new Progress<string>();

        public void Saw(RunEvent happened)
        {
        }

        public void Saw(Sample sample)
        {
        }
    }
}
