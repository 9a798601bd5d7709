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

/// <summary><c>run</c>: executes a scenario, or every one in a folder, judges it and writes the reports.</summary>
internal sealed class RunCommand
{
    private const string RunName = "run";

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
        var spireNext = CommonOptions.SpireNext();
        var workers = CommonOptions.Workers();
        var withDefect = CommonOptions.WithDefect();
        var reports = CommonOptions.Reports(host);
        var cluster = new ClusterOptions();
        var into = new Option<DirectoryInfo?>("--into") { Hidden = true, Description = "The folder of the run; given by the command to itself inside the sandbox." };
        var command = new Command(
            RunName,
            "Runs a scenario: brings the stack up, loads it, breaks it, judges it, takes it down. Of a folder, every scenario that the environment can run, one after the other; the others are named.\n\n"
            + "Examples:\n  run\n  run scenarios/database-failover.yaml --seed 7\n  run scenarios/server-kill.yaml --spire ~/spire-1.15.3\n  run scenarios/server-kill.yaml --workers 4\n  run scenarios/selftest/\n  run --environment kubernetes --environment-file staging.yaml\n\n"
            + "Exit codes: 0 pass, 1 fail, 2 inconclusive, 3 invalid input (nothing was started), 4 environment failed, 5 left unclean.")
        {
            scenario, seed, environmentName, spire, spireNext, workers, withDefect, reports, into,
        };
        cluster.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var environment = EnvironmentCatalog.ToUse(
                parsed.GetValue(environmentName)!, CommonOptions.Local(parsed.GetValue(spire), parsed.GetValue(spireNext)), cluster.Read(parsed, parsed.GetValue(environmentName)!), host);
            var run = new RunCommand(host, environment, ShellLine.Of(GivenOptions(parsed, seed, reports, into)));
            await ScenarioLoader.FindAsync(environment, cancellationToken);
            var given = parsed.GetValue(scenario)!;
            var files = ScenarioLoader.FilesOf(given, host.Home);
            var (orders, leftOut) = run.ReadAll(given, files, parsed.GetValue(withDefect), parsed.GetValue(workers), parsed.GetValue(seed));
            if (interior is not null)
            {
                return (int)await run.ExecuteAsync(orders.Single(), RunDirectory.Create(parsed.GetValue(into)!), cancellationToken);
            }

            var folder = parsed.GetValue(reports)!;
            if (environment is IClusterEnvironment)
            {
                using var stop = new StopSignals(cancellationToken);
                return (int)await run.RunAllAsync(given, orders, leftOut, folder, (order, directory) => run.ExecuteAsync(order, directory, stop.Token));
            }

            await Prerequisites.EnsureAsync(host, orders.Select(order => order.Scenario.Stack), cancellationToken);
            return (int)await run.RunAllAsync(given, orders, leftOut, folder, async (order, directory) =>
            {
                Option[] ownValues = order.Scenario.Stack.Defect is null ? [seed, withDefect] : [seed];
                return (ExitCode)await SandboxHost.RunAsync(
                    [RunName, order.Plan.File, .. GivenOptions(parsed, ownValues), seed.Name, CommonOptions.Text(order.Plan.Seed), into.Name, directory.Root.FullName], cancellationToken);
            });
        });
        return command;
    }

    /// <summary>Returns the options that were given, but those that the command for another run has its own values for.</summary>
    private static IEnumerable<string> GivenOptions(ParseResult parsed, params Option[] but) =>
        parsed.CommandResult.Children.OfType<OptionResult>()
            .Where(given => !given.Implicit && !but.Contains(given.Option))
            .SelectMany(given => (string[])[given.Option.Name, .. given.Tokens.Select(token => token.Value)]);

    /// <summary>Reads all scenarios before anything is started, and reports the mistakes of all at once.</summary>
    /// <returns>Those to run, and of a folder the names of those that the environment cannot run.</returns>
    private (IReadOnlyList<Order> Orders, IReadOnlyList<string> LeftOut) ReadAll(string given, IReadOnlyList<string> files, bool withDefect, int? workers, int? seed)
    {
        var (orders, impossible, mistaken) = (new List<Order>(), new List<(string File, HarnessException Refusal)>(), new List<HarnessException>());
        foreach (var file in files)
        {
            try
            {
                if (ScenarioLoader.TryLoad(file, _catalog, _environment, _host, out var refusal) is var (scenario, shape))
                {
                    orders.Add(Prepare(scenario, shape, withDefect, files.Count > 1, workers, seed));
                }
                else
                {
                    impossible.Add((file, refusal!));
                }
            }
            catch (HarnessException mistake) when (mistake.ExitCode == ExitCode.InvalidInput && files.Count > 1)
            {
                mistaken.Add(mistake);
            }
        }

        if (mistaken.Count > 0)
        {
            throw Refused(mistaken, $"{CommonOptions.Text(mistaken.Count)} of {CommonOptions.Text(files.Count)} scenarios cannot run");
        }

        if (orders.Count == 0)
        {
            throw files.Count == 1 ? impossible[0].Refusal : Refused(impossible.Select(one => one.Refusal), $"'{_environment.Name}' can run no scenario of {given}");
        }

        foreach (var (file, refusal) in impossible)
        {
            _host.Console.WriteLine($"? {file} is left out:\n  {refusal.Message.ReplaceLineEndings("\n  ")}");
        }

        return (orders, [.. impossible.Select(one => Path.GetFileNameWithoutExtension(one.File))]);
    }

    private static HarnessException Refused(IEnumerable<HarnessException> reasons, string conclusion) =>
        new(ExitCode.InvalidInput, string.Join('\n', reasons.Select(reason => reason.Message)), $"{conclusion}; nothing was started.");

    private Order Prepare(Scenario read, StackShape shape, bool withDefect, bool isOneOfMany, int? workers, int? seed)
    {
        var runsAsItIs = withDefect && isOneOfMany && read.Incident?.Defect is null;
        if (runsAsItIs)
        {
            _host.Console.WriteLine($"{read.Name} knows no defect and runs as it is.");
        }

        var scenario = withDefect && !runsAsItIs ? CommonOptions.WithDefect(read, _environment) : read;
        CommonOptions.RefuseWorkers(workers, scenario, shape, _environment.Name);
        var chosen = new Seed(CommonOptions.SeedOf(seed, scenario.Seed));
        return new Order(scenario, Planner.Make(scenario, chosen, _environment.Name, shape, _catalog.Invariants) with { Workers = workers });
    }

    /// <summary>Runs scenarios one after the other, and sums them up when a folder of them was asked for.</summary>
    private async Task<ExitCode> RunAllAsync(
        string given, IReadOnlyList<Order> orders, IReadOnlyList<string> leftOut, DirectoryInfo reports, Func<Order, RunDirectory, Task<ExitCode>> runOnce)
    {
        if (orders is [var only] && leftOut.Count == 0)
        {
            return await RunAsync(only, Create(only.Plan, reports), runOnce);
        }

        var (runs, isUnclean) = (new List<JudgedRun>(), false);
        foreach (var order in orders)
        {
            var directory = Create(order.Plan, reports);
            var exitCode = await RunAsync(order, directory, runOnce);
            if (WasNotJudged(exitCode, directory))
            {
                return exitCode;
            }

            isUnclean |= exitCode == ExitCode.LeftUnclean;
            runs.Add(RunReports.Read(directory, RunReports.Shown(directory.Root, _host.Home)));
            if (WasInterrupted(directory))
            {
                break;
            }
        }

        FolderReport.Write(_host.Console, given, orders.Count, leftOut, runs);
        return isUnclean ? ExitCode.LeftUnclean : runs.Count < orders.Count ? ExitCode.Inconclusive : runs.Select(run => run.Result.Verdict).Worst().ToExitCode();
    }

    /// <summary>Runs a scenario once, or as often as it asks for, each time on a fresh stack.</summary>
    private async Task<ExitCode> RunAsync(Order order, RunDirectory directory, Func<Order, RunDirectory, Task<ExitCode>> runOnce)
    {
        if (order.Plan.Repeat is not { } repetitions)
        {
            return await runOnce(order, directory);
        }

        HarnessJson.Write(directory.Plan, order.Plan);
        var isUnclean = false;
        for (var number = 1; number <= repetitions; number++)
        {
            _host.Console.WriteLine($"{order.Plan.Scenario}: repetition {CommonOptions.Text(number)} of {CommonOptions.Text(repetitions)}");
            var repetition = directory.CreateRepetition(number);
            var exitCode = await runOnce(order, repetition);
            if (WasNotJudged(exitCode, repetition))
            {
                return exitCode;
            }

            isUnclean |= exitCode == ExitCode.LeftUnclean;
            if (WasInterrupted(repetition))
            {
                break;
            }
        }

        var judged = Report(directory);
        return isUnclean ? ExitCode.LeftUnclean : judged;
    }

    // A run that left its stack unclean was judged all the same, and the next one has a stack of its own.
    private static bool WasNotJudged(ExitCode exitCode, RunDirectory directory) =>
        exitCode > ExitCode.Inconclusive && !(exitCode == ExitCode.LeftUnclean && directory.Result.Exists);

    // Whoever interrupts one run does not want the next.
    private static bool WasInterrupted(RunDirectory directory)
    {
        var last = directory.Repetitions is [.., var repetition] ? repetition : directory;
        return !RunRecording.Read(last).Facts<RunEnded>().Any();
    }

    private RunDirectory Create(Plan plan, DirectoryInfo reports)
    {
        foreach (var warning in PowerCheck.Of(plan))
        {
            _host.Console.WriteLine($"? {warning}");
        }

        return RunDirectory.Create(reports, plan.Scenario, _host.Time.GetUtcNow());
    }

    private async Task<ExitCode> ExecuteAsync(Order order, RunDirectory directory, CancellationToken cancellationToken)
    {
        var shown = RunReports.Shown(directory.Root, _host.Home);
        try
        {
            await RecordAsync(order.Scenario, order.Plan, directory, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await _host.Errors.WriteLineAsync("Interrupted: the run is judged by what was recorded until now.");
        }
        catch (HarnessException trouble)
        {
            // On a line of its own: a hint may end with a command to copy.
            var logs = $"The logs are in {shown}/logs.";
            throw new HarnessException(trouble.ExitCode, trouble.Message, trouble.Hint is { } hint ? $"{hint}\n  {logs}" : logs, trouble);
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

    /// <summary>A scenario to run, and its plan.</summary>
    private sealed record Order(Scenario Scenario, Plan Plan);
}
