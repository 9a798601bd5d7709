using System.Text.Json;
using Spectre.Console;
using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.TestKit;

namespace Validation.Cli.Tests;

/// <summary>Runs the whole program in memory: arguments in, exit code and texts out.</summary>
public abstract class CommandLineTest : IDisposable
{
    private readonly StringWriter _console = new();
    private readonly StringWriter _errors = new();
    private readonly StringWriter _output = new();

    /// <summary>Gets the scenarios that come with the harness.</summary>
    protected static IEnumerable<string> Shipped =>
        new[] { "scenarios", "scenarios/incidents", "scenarios/selftest" }.SelectMany(folder => Repository.Root.GetFiles($"{folder}/*.yaml").Select(file => $"{folder}/{file.Name}"));

    /// <summary>Gets the scenarios that ask for what only the local environment has.</summary>
    protected static IReadOnlyList<string> ForLocalAlone { get; } =
    [
        "scenarios/canary-latency.yaml",
        "scenarios/canary-proof.yaml",
        "scenarios/database-pressure.yaml",
        "scenarios/dns-outage.yaml",
        "scenarios/everything-restarts.yaml",
        "scenarios/network-delay.yaml",
        "scenarios/incidents/attestation-hangs.yaml",
        "scenarios/incidents/connections-exhausted.yaml",
        "scenarios/incidents/herd-after-partition.yaml",
        "scenarios/incidents/old-primary-kept.yaml",
        "scenarios/incidents/primary-away.yaml",
        "scenarios/incidents/primary-cut-off.yaml",
        "scenarios/incidents/replica-left-behind.yaml",
        "scenarios/incidents/server-with-new-keys.yaml",
        "scenarios/incidents/servers-gone-and-back.yaml",
        "scenarios/version-roll.yaml",
        "scenarios/selftest/database-faults.yaml",
        "scenarios/selftest/network-faults.yaml",
        "scenarios/selftest/process-faults.yaml",
        "scenarios/selftest/resource-faults.yaml",
        "scenarios/selftest/spire-faults.yaml",
    ];

    /// <summary>Gets the scenario that breaks what only a throw-away cluster has.</summary>
    protected static string ForK3sAlone => "scenarios/incidents/api-server-away.yaml";

    /// <summary>Gets the scenarios that the local environment can run.</summary>
    protected static IEnumerable<string> ForLocal => Shipped.Except([ForK3sAlone, "scenarios/selftest/cluster-faults.yaml"]);

    /// <summary>Gets the scenarios that a cluster can run.</summary>
    protected static IEnumerable<string> ForClusters => Shipped.Except(ForLocalAlone);

    protected DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory("validation-test-");

    protected string Console => _console.ToString();

    protected string Errors => _errors.ToString();

    protected string Output => _output.ToString();

    protected Task<ExitCode> RunAsync(params string[] arguments)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(_console) });
        console.Profile.Width = 200;
        var host = new CliHost { Console = console, Errors = _errors, Output = _output, Time = new ManualClock(), Home = Repository.Root };
        return new CommandLine(host, null).RunAsync(arguments, CancellationToken.None);
    }

    protected string Write(string name, string text)
    {
        var path = Path.Combine(Folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Returns a scenario with one load and one phase.</summary>
    /// <param name="faults">What goes wrong in it, each as one line of YAML.</param>
    protected static string ScenarioWith(params string[] faults) => $$"""
        scenario: pods
        question: Does it hold?
        load: { fetch: { driver: x509-svid-fetch, arrivals: 20/s } }
        phases:
          - name: broken
            for: 60s
            faults:
        {{string.Join('\n', faults.Select(fault => $"      - {fault}"))}}
        objectives:
          - { load: fetch, availability: 99% }
        """;

    /// <summary>Writes the sample run to disk as a real run would have left it.</summary>
    protected async Task<RunDirectory> RecordAsync()
    {
        var recording = SampleRuns.QuickStart();
        var run = RunDirectory.Create(Folder, recording.Plan.Scenario, ManualClock.Start);
        HarnessJson.Write(run.Plan, recording.Plan);
        HarnessJson.Write(run.EnvironmentFacts, recording.Environment);
        await File.WriteAllLinesAsync(run.Events.FullName, recording.Events.Select(happened => JsonSerializer.Serialize(happened, HarnessJson.Lines)));
        await using var samples = new SampleWriter(run.Samples, TimeProvider.System);
        foreach (var sample in recording.Samples.Samples)
        {
            var outcome = sample.Succeeded ? Outcome.Success : Outcome.Failed(recording.Samples.Failures[sample.Outcome]);
            samples.Record(sample with { Outcome = samples.NumberOf(outcome) });
        }

        return run;
    }

    public void Dispose()
    {
        Folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }
}
