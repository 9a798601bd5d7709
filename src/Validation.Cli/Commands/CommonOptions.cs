using System.CommandLine;
using System.Globalization;
using Validation.Cli.Composition;
using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Local;

namespace Validation.Cli.Commands;

/// <summary>Options and arguments that several commands share, so that they are named and explained alike.</summary>
internal static class CommonOptions
{
    /// <summary>The name of the option that names a SPIRE release, and of the one for the release to which nodes can be rolled.</summary>
    public const string SpireName = "--spire", SpireNextName = "--spire-next";

    // More than one controller has ever been tried with; beyond it, the connections through one API server are the limit.
    private const int MostWorkers = 500;

    /// <summary>The scenario that runs when nobody names one.</summary>
    public const string QuickStart = "scenarios/quick-start.yaml";

    /// <summary>Makes the argument that names a scenario.</summary>
    public static Argument<string> Scenario() => new("SCENARIO")
    {
        Description = "The scenario file.",
        DefaultValueFactory = _ => QuickStart,
    };

    /// <summary>Makes the argument that names a run's folder.</summary>
    public static Argument<DirectoryInfo> RunFolder() => new("RUN")
    {
        Description = "The folder of a run, for example reports/quick-start/latest.",
    };

    /// <summary>Makes the option that names an environment.</summary>
    public static Option<string> Environment() => new("--environment", "-e")
    {
        Description = "Where the stack runs.",
        HelpName = "NAME",
        DefaultValueFactory = _ => EnvironmentCatalog.Default,
    };

    /// <summary>Makes the option that gives the seed.</summary>
    public static Option<int?> Seed() => new("--seed")
    {
        Description = "The seed of every random choice. Default: the scenario's own, else a new one, which is printed.",
        HelpName = "NUMBER",
    };

    /// <summary>Makes the option that names a SPIRE release.</summary>
    public static Option<DirectoryInfo?> Spire() => new(SpireName)
    {
        Description = "A folder with spire-server and spire-agent (1.12 or later), in it or in its bin. Default: those in PATH, else the embedded SPIRE.",
        HelpName = "FOLDER",
    };

    /// <summary>Makes the option that names the SPIRE release to which nodes can be rolled.</summary>
    public static Option<DirectoryInfo?> SpireNext() => new(SpireNextName)
    {
        Description = "A folder with the release to which 'version-roll' rolls. Default: the embedded SPIRE under another name, where that is what runs.",
        HelpName = "FOLDER",
    };

    /// <summary>Makes the option that says how many workers share the loads.</summary>
    public static Option<int?> Workers()
    {
        var option = new Option<int?>("--workers")
        {
            Description = "How many worker processes share the loads. Default: none, the harness itself fires them.",
            HelpName = "NUMBER",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var number) || number is < 1 or > MostWorkers))
            {
                result.AddError($"--workers is '{token.Value}'; allowed is a whole number from 1 to {MostWorkers}.");
            }
        });
        return option;
    }

    /// <summary>Refuses workers where the environment or the scenario cannot have them.</summary>
    /// <param name="workers">The value of the option.</param>
    /// <param name="scenario">The scenario.</param>
    /// <param name="shape">The stack.</param>
    /// <param name="environment">The environment's name.</param>
    /// <exception cref="HarnessException">There cannot be workers.</exception>
    public static void RefuseWorkers(int? workers, Scenario scenario, StackShape shape, string environment)
    {
        if (workers is not null && scenario.Loads.FirstOrDefault(load => load.Driver.IsPopulation || load.Arrivals is ClosedArrivals) is { } population)
        {
            throw new HarnessException(
                ExitCode.InvalidInput,
                $"{population.Position}: load '{population.Name}' cannot be shared by workers: what a population plans follows from its answers, "
                + "so nobody could tell what a lost worker would have planned. Leave out --workers.");
        }

        if (workers is not null && !shape.Can.Contains(typeof(IWorkerStack)))
        {
            throw new HarnessException(
                ExitCode.InvalidInput, $"--workers {workers}: a stack in '{environment}' cannot {CapabilityNames.Of(typeof(IWorkerStack))}.");
        }
    }

    /// <summary>Makes the option that switches the incident's defect on.</summary>
    public static Option<bool> WithDefect() => new("--with-defect")
    {
        Description = "Give the embedded SPIRE, or the stack around it, the defect that the scenario's incident names: the run passes when the defect is noticed. In a folder, scenarios without one run as they are.",
    };

    /// <summary>Returns the scenario with its incident's defect.</summary>
    /// <param name="scenario">The scenario.</param>
    /// <param name="environment">Where it runs.</param>
    /// <exception cref="HarnessException">The scenario knows no defect, or the environment's SPIRE has none that can be switched on.</exception>
    public static Scenario WithDefect(Scenario scenario, IEnvironment environment) => environment.HasEmbeddedSpire
        ? scenario.WithDefect()
        : throw new HarnessException(
            ExitCode.InvalidInput,
            "--with-defect: only the embedded SPIRE has defects that can be switched on.",
            environment.Name == EnvironmentCatalog.Default
                ? "Leave out --spire, and see that no spire-server is in PATH."
                : $"Give --embedded-spire{(environment.Name == "kubernetes" ? ", or write 'spire: embedded' in the environment file" : string.Empty)}.");

    /// <summary>Makes the option that says where reports go.</summary>
    /// <param name="host">The outside.</param>
    public static Option<DirectoryInfo> Reports(CliHost host) => new("--reports")
    {
        Description = "The folder for all reports.",
        HelpName = "FOLDER",
        DefaultValueFactory = _ => new DirectoryInfo(Path.Combine(host.Home.FullName, "reports")),
    };

    /// <summary>Makes the option that asks for JSON.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Write JSON for machines instead of text for people." };

    /// <summary>Returns how the local environment is used, given the SPIRE options.</summary>
    /// <param name="spire">Which release runs.</param>
    /// <param name="next">To which it can be rolled.</param>
    public static LocalOptions Local(DirectoryInfo? spire, DirectoryInfo? next = null) => new() { SpireDirectory = spire, NextSpireDirectory = next };

    /// <summary>Returns the seed to use.</summary>
    /// <param name="given">The value of the option.</param>
    /// <param name="scenario">The scenario's own.</param>
    public static int SeedOf(int? given, int? scenario) =>
        given ?? scenario ?? System.Security.Cryptography.RandomNumberGenerator.GetInt32(1, 1_000_000);

    /// <summary>Returns a number as text for a machine.</summary>
    /// <param name="number">The number.</param>
    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
