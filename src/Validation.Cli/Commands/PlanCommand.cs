using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Validation.Cli.Composition;
using Validation.Core;
using Validation.Core.Faults;
using Validation.Core.Judging;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Cluster;

namespace Validation.Cli.Commands;

/// <summary><c>plan</c>: shows what a run would do, and starts nothing.</summary>
internal static class PlanCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    public static Command Create(CliHost host)
    {
        var scenario = CommonOptions.Scenario();
        var seed = CommonOptions.Seed();
        var environmentName = CommonOptions.Environment();
        var cluster = new ClusterOptions();
        var json = CommonOptions.Json();
        var command = new Command(
            "plan",
            "Shows what a run would do, after every choice that the seed decides. Starts nothing.\n\nExamples:\n  plan\n  plan scenarios/network-partition.yaml --seed 7 --json\n  plan scenarios/server-kill.yaml --environment kubernetes --environment-file staging.yaml")
        {
            scenario, seed, environmentName, json,
        };
        cluster.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var catalog = new Catalog(host.Time);
            var environment = EnvironmentCatalog.ToPlan(parsed.GetValue(environmentName)!, CommonOptions.Local(null), cluster.Read(parsed, parsed.GetValue(environmentName)!), host);
            await ScenarioLoader.FindAsync(environment, cancellationToken);
            var (read, shape) = ScenarioLoader.Load(parsed.GetValue(scenario)!, catalog, environment, host);
            var plan = Planner.Make(read, new Seed(CommonOptions.SeedOf(parsed.GetValue(seed), read.Seed)), environment.Name, shape, catalog.Invariants);
            if (parsed.GetValue(json))
            {
                await host.Output.WriteLineAsync(JsonSerializer.Serialize(plan, HarnessJson.Pretty));
                return (int)ExitCode.Pass;
            }

            Show(host.Console, plan);
            foreach (var kind in read.Phases.SelectMany(phase => phase.Faults).Select(fault => fault.Kind).DistinctBy(kind => kind.Name))
            {
                ShowKind(host.Console, kind, environment);
            }

            return environment is IClusterEnvironment there
                ? (int)await ShowCommandsAsync(host, there, read, plan, cancellationToken)
                : (int)ExitCode.Pass;
        });
        return command;
    }

    private static void Show(IAnsiConsole console, Plan plan)
    {
        console.WriteLine($"{plan.Scenario}: {plan.Question}");
        console.WriteLine($"environment {plan.Environment}, seed {CommonOptions.Text(plan.Seed)}, nodes {string.Join(", ", plan.Nodes)}");
        console.WriteLine();
        if (plan.Repeat is { } repeat)
        {
            console.WriteLine($"repeat {CommonOptions.Text(repeat)} times, each on a fresh stack");
        }

        foreach (var load in plan.Loads)
        {
            console.WriteLine($"load   {load.Name}: {load.Driver}, {load.Arrivals}{Parameters(load.Parameters)}");
        }

        if (plan.WarmUp > TimeSpan.Zero)
        {
            console.WriteLine($"warm-up for {Duration.Format(plan.WarmUp)}, judged by no objective");
        }

        foreach (var phase in plan.Phases)
        {
            console.WriteLine($"phase  {phase.Name}: from {Duration.Format(phase.StartsAt)}, for {Duration.Format(phase.Length)} or until its faults have healed");
            foreach (var fault in plan.Faults.Where(fault => fault.Phase == phase.Name))
            {
                var targets = string.Concat(fault.Targets.Select(target => $", {target.Key} {target.Value}"));
                var others = fault.Parameters.Where(parameter => !fault.Targets.ContainsKey(parameter.Key)).ToDictionary();
                console.WriteLine($"       fault {fault.Kind} at {Duration.Format(phase.StartsAt + fault.At)}{targets}{Parameters(others)}");
            }
        }

        foreach (var objective in plan.Objectives)
        {
            console.WriteLine($"expect {objective.Measure.Name} of {objective.Load} {objective.LimitText()} over {objective.Window}, at least {CommonOptions.Text(objective.MinimumSamples)} samples");
        }

        foreach (var warning in PowerCheck.Of(plan))
        {
            console.WriteLine($"? {warning}");
        }

        console.WriteLine($"always {string.Join(", ", plan.Invariants)}");
        if (plan.Incident is { } incident)
        {
            console.WriteLine($"incident {incident.Source}{(incident.Defect is { } defect ? $"; with the defect {defect.Name}, '{incident.CaughtBy}' must fail" : string.Empty)}");
        }

        if (plan.Expect is { } expected)
        {
            console.WriteLine($"canary: must {expected.ToVerb()} because of '{expected.Because}', and of nothing else");
        }
    }

    /// <summary>Shows what a kind of fault needs, how it is done, and what would leave it without a verdict.</summary>
    private static void ShowKind(IAnsiConsole console, FaultKind kind, IEnvironment environment)
    {
        console.WriteLine();
        console.WriteLine($"fault {kind.Name}: {kind.Summary}");
        foreach (var needed in kind.NodesMust.Select(must => (Who: "a node that can", Must: must)).Concat(kind.StackMust.Select(must => (Who: "a stack that can", Must: must))))
        {
            console.WriteLine($"  needs {needed.Who} {CapabilityNames.Of(needed.Must)}");
            if (environment.MeansOf(needed.Must) is { } means)
            {
                console.WriteLine($"    by  {means}");
            }
        }

        console.WriteLine($"  proof {kind.Proof}");
        var limits = kind.ProofLimits;
        console.WriteLine(
            $"  ?     inconclusive when it is not seen in force within {Duration.Format(limits.Injected)}, to have held within {Duration.Format(limits.Held)} of its end, or over within {Duration.Format(limits.Healed)} of its heal");
    }

    /// <summary>Shows what would be done in a cluster. A refusal ends like that of the run would.</summary>
    private static async Task<ExitCode> ShowCommandsAsync(
        CliHost host, IClusterEnvironment environment, Scenario scenario, Plan plan, CancellationToken cancellationToken)
    {
        var explained = await environment.ExplainAsync(scenario, plan, cancellationToken);
        foreach (var section in explained.Sections)
        {
            await host.Output.WriteLineAsync($"\n{section.Title}");
            foreach (var line in section.Lines)
            {
                // Not through the console, which would break lines that are meant to be copied.
                await host.Output.WriteLineAsync($"  {line}");
            }
        }

        return explained.Refusal is null ? ExitCode.Pass : throw explained.Refusal;
    }

    private static string Parameters(IReadOnlyDictionary<string, string> parameters) =>
        parameters.Count == 0 ? string.Empty : $" ({string.Join(", ", parameters.Select(parameter => $"{parameter.Key} {parameter.Value}"))})";
}
