using System.CommandLine;
using System.CommandLine.Parsing;
using Spectre.Console;
using Validation.Cli.Composition;
using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;
using Validation.Environments.Local.Sandbox;
using Validation.Load;
using Validation.Load.Workers;
using Validation.Reporting;

namespace Validation.Cli.Commands;

/// <summary><c>run</c>: executes a scenario, judges it and writes the reports.</summary>
internal sealed class RunCommand
{
    private readonly CliHost _host;
    private readonly Catalog _catalog;
    private readonly IEnvironment _environment;

    private readonly string _options;

    private RunCommand(CliHost host, IEnvironment environment, string options) =>
        (_host, _catalog, _environment, _options) = (host, new Catalog(host.Time), environment, options);

    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    /// <param name="interior">The sandbox this process is in, or null.</param>
    public static Command Create(CliHost host, SandboxInterior? interior)
    {
        var scenario = CommonOptions.Scenario();
        var seed = CommonOptions.Seed();
        var environmentName = CommonOptions.Environment();
        var spire = CommonOptions.Spire();
        var workers = CommonOptions.Workers();
        var withDefect = CommonOptions.WithDefect();
        var reports = CommonOptions.Reports(host);
        var cluster = new ClusterOptions();
        var into = new Option<DirectoryInfo?>("--into") { Hidden = true, Description = "The folder of one repetition." };
        var command = new Command(
            "run",
            "Runs a scenario: brings the stack up, loads it, breaks it, judges it, takes it down.\n\n"
            + "Examples:\n  run\n  run scenarios/database-failover.yaml --seed 7\n  run scenarios/server-kill.yaml --spire ~/spire-1.15.3\n  run scenarios/server-kill.yaml --workers 4\n  run --environment kubernetes --environment-file staging.yaml\n\n"
            + "Exit codes: 0 pass, 1 fail, 2 inconclusive, 3 invalid input (nothing was started), 4 environment failed, 5 left unclean.")
        {
            scenario, seed, environmentName, spire, workers, withDefect, reports, into,
        };
        cluster.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var environment = EnvironmentCatalog.ToUse(
                parsed.GetValue(environmentName)!, CommonOptions.Local(parsed.GetValue(spire)), cluster.Read(parsed), host);
            var run = new RunCommand(host, environment, OptionsOf(parsed, seed, reports, into));
            await ScenarioLoader.FindAsync(environment, cancellationToken);
            var (read, shape) = ScenarioLoader.Load(parsed.GetValue(scenario)!, run._catalog, environment, host.Home);
            read = parsed.GetValue(withDefect) ? CommonOptions.WithDefect(read, environment) : read;
            var number = parsed.GetValue(workers);
            CommonOptions.RefuseWorkers(number, read, shape, environment.Name);
            var chosen = new Seed(CommonOptions.SeedOf(parsed.GetValue(seed), read.Seed));
            var plan = Planner.Make(read, chosen, environment.Name, shape, run._catalog.Invariants) with { Workers = number };
            if (environment is IClusterEnvironment)
            {
                using var stop = new StopSignals(cancellationToken);
                return (int)await run.RunAsync(read, plan, parsed.GetValue(reports)!, directory => run.ExecuteAsync(read, plan, directory, stop.Token));
            }

            if (interior is null)
            {
                await Prerequisites.EnsureAsync(host, cancellationToken);
                string[] arguments = [.. parsed.Tokens.Select(token => token.Value)];

                // The seed may have been drawn just now, and all repetitions make the same choices.
                string[] same = parsed.GetValue(seed) is null ? [.. arguments, "--seed", CommonOptions.Text(plan.Seed)] : arguments;
                return plan.Repeat is null
                    ? await SandboxHost.RunAsync(arguments, cancellationToken)
                    : (int)await run.RunAsync(read, plan, parsed.GetValue(reports)!, async directory =>
                        (ExitCode)await SandboxHost.RunAsync([.. same, "--into", directory.Root.FullName], cancellationToken));
            }

            var own = parsed.GetValue(into) is { } folder ? RunDirectory.Create(folder) : run.Create(plan, parsed.GetValue(reports)!);
            return (int)await run.ExecuteAsync(read, plan, own, cancellationToken);
        });
        return command;
    }

    /// <summary>Returns the options that were given, but those that the command for another run has its own values for.</summary>
    private static string OptionsOf(ParseResult parsed, params Option[] but) => ShellLine.Of(
        parsed.CommandResult.Children.OfType<OptionResult>()
            .Where(given => !given.Implicit && !but.Contains(given.Option))
            .SelectMany(given => (string[])[given.Option.Name, .. given.Tokens.Select(token => token.Value)]));

    /// <summary>Runs a scenario once, or as often as it asks for, each time on a fresh stack.</summary>
    private async Task<ExitCode> RunAsync(Scenario scenario, Plan plan, DirectoryInfo reports, Func<RunDirectory, Task<ExitCode>> runOnce)
    {
        var directory = Create(plan, reports);
        if (plan.Repeat is not { } repetitions)
        {
            return await runOnce(directory);
        }

        HarnessJson.Write(directory.Plan, plan);
        for (var number = 1; number <= repetitions; number++)
        {
            _host.Console.WriteLine($"{scenario.Name}: repetition {CommonOptions.Text(number)} of {CommonOptions.Text(repetitions)}");
            var repetition = directory.CreateRepetition(number);
            var exitCode = await runOnce(repetition);
            if (exitCode > ExitCode.Inconclusive)
            {
                return exitCode;
            }

            // Whoever interrupts one repetition does not want the next.
            if (!RunRecording.Read(repetition).Facts<RunEnded>().Any())
            {
                break;
            }
        }

        return Report(directory);
    }

    private RunDirectory Create(Plan plan, DirectoryInfo reports)
    {
        foreach (var warning in PowerCheck.Of(plan))
        {
            _host.Console.WriteLine($"? {warning}");
        }

        return RunDirectory.Create(reports, plan.Scenario, _host.Time.GetUtcNow());
    }

    private async Task<ExitCode> ExecuteAsync(Scenario scenario, Plan plan, RunDirectory directory, CancellationToken cancellationToken)
    {
        var shown = RunReports.Shown(directory.Root, _host.Home);
        try
        {
            await RecordAsync(scenario, plan, directory, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await _host.Errors.WriteLineAsync("Interrupted: the run is judged by what was recorded until now.");
        }
        catch (HarnessException trouble)
        {
            throw new HarnessException(trouble.ExitCode, trouble.Message, $"{trouble.Hint} The logs are in {shown}/logs.".TrimStart(), trouble);
        }

        return Report(directory);
    }

    private ExitCode Report(RunDirectory directory)
    {
        var run = RunReports.Judge(directory, RunReports.Shown(directory.Root, _host.Home), plan => plan, _catalog.Invariants);
        RunReports.Write(directory, run);
        ConsoleReport.Write(_host.Console, run);
        return run.Result.ExitCode;
    }

    private async Task RecordAsync(Scenario scenario, Plan plan, RunDirectory directory, CancellationToken cancellationToken)
    {
        await using var screen = new RunScreen(_host.Console, plan, _host.Time);
        await using var fleet = plan.Workers is null ? null : new WorkerFleet(_catalog.Drivers, plan, Versions.Own, screen.Progress, _host.Time);
        var parts = new RunParts
        {
            Environment = _environment,
            Drivers = fleet?.Drivers ?? _catalog.Drivers,
            Injectors = _catalog.Injectors,
            Witnesses = _catalog.Witnesses,
            Generator = fleet is null ? new OpenLoopGenerator(_host.Time) : fleet,
            Time = _host.Time,
            Watcher = screen,
            Facts = new Dictionary<string, string> { ["harness"] = Versions.Own, [EnvironmentFactNames.Options] = _options },
        };
        await new ScenarioRun(parts, scenario, plan, directory).ExecuteAsync(cancellationToken);
    }
}
