using System.CommandLine;
using Spectre.Console;
using Validation.Cli.Composition;
using Validation.Core;
using Validation.Core.Scenarios;
using Validation.Environments.Cluster;
using Validation.Environments.Local.Control;
using Validation.Environments.Local.Sandbox;

namespace Validation.Cli.Commands;

/// <summary><c>up</c>: brings a stack up that stays until <c>down</c>.</summary>
internal static class UpCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    /// <param name="interior">The sandbox this process is in, or null.</param>
    public static Command Create(CliHost host, SandboxInterior? interior)
    {
        var scenario = new Option<string?>("--stack-of")
        {
            Description = "Bring up the stack of this scenario instead of the default one.",
            HelpName = "SCENARIO",
        };
        var spire = CommonOptions.Spire();
        var name = StackCommands.NameOption();
        var environmentName = CommonOptions.Environment();
        var cluster = new ClusterOptions();
        var reports = CommonOptions.Reports(host);
        var logs = new Option<DirectoryInfo?>("--logs") { Hidden = true };
        var command = new Command(
            "up",
            "Brings a stack up and leaves it up. See also status, logs and down; for a stack in a cluster, recover.\n\n"
            + "Examples:\n  up\n  up --spire ~/spire-1.15.3\n  up --stack-of scenarios/server-kill.yaml\n  up --environment kubernetes --environment-file staging.yaml")
        {
            scenario, spire, name, reports, logs, environmentName,
        };
        cluster.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var environment = EnvironmentCatalog.ToUse(
                parsed.GetValue(environmentName)!, CommonOptions.Local(parsed.GetValue(spire)), cluster.Read(parsed, parsed.GetValue(environmentName)!), host);
            await ScenarioLoader.FindAsync(environment, cancellationToken);
            var stack = parsed.GetValue(scenario) is { } path
                ? ScenarioLoader.Load(path, new Catalog(host.Time), environment, host).Scenario.Stack
                : StackSpec.Default;
            if (environment is IClusterEnvironment there)
            {
                return (int)await UpInClusterAsync(there, stack, LogFolder(host, parsed.GetValue(reports)!), host, cancellationToken);
            }

            if (interior is not null)
            {
                return (int)await DetachedStack.RunAsync(interior, environment, stack, parsed.GetValue(logs)!, host.Time);
            }

            environment.Describe(stack);
            await Prerequisites.EnsureAsync(host, [stack], cancellationToken);
            var folder = LogFolder(host, parsed.GetValue(reports)!);
            var arguments = parsed.Tokens.Select(token => token.Value).Concat(["--logs", folder.FullName]);
            var since = host.Time.GetTimestamp();
            await SandboxHost.StartDetachedAsync(parsed.GetValue(name)!, [.. arguments], new Lines(host), cancellationToken);
            host.Console.WriteLine($"Up after {Duration.Format(host.Time.GetElapsedTime(since))}. Logs: {RunReports.Shown(folder, host.Home)}. Take it down with 'down'.");
            return (int)ExitCode.Pass;
        });
        return command;
    }

    private static async Task<ExitCode> UpInClusterAsync(
        IClusterEnvironment environment, StackSpec stack, DirectoryInfo logs, CliHost host, CancellationToken cancellationToken)
    {
        using var stop = new StopSignals(cancellationToken);
        var since = host.Time.GetTimestamp();
        foreach (var line in await environment.UpAndLeaveAsync(stack, logs, new Lines(host), stop.Token))
        {
            host.Console.WriteLine(line);
        }

        host.Console.WriteLine($"Up after {Duration.Format(host.Time.GetElapsedTime(since))}. Take it down with 'recover' and the same options.");
        return ExitCode.Pass;
    }

    private static DirectoryInfo LogFolder(CliHost host, DirectoryInfo reports)
    {
        var time = host.Time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH-mm-ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        return Directory.CreateDirectory(Path.Combine(reports.FullName, "up", time, "logs"));
    }

    private sealed class Lines(CliHost host) : IProgress<string>
    {
        public void Report(string value) => host.Console.WriteLine(value);
    }
}
