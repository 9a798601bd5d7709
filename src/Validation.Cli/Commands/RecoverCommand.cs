using System.CommandLine;
using Spectre.Console;
using Validation.Cli.Composition;
using Validation.Core;
using Validation.Environments.Cluster;

namespace Validation.Cli.Commands;

/// <summary><c>recover</c>: deletes and undoes what a killed run, or <c>up</c>, has left in a cluster.</summary>
internal static class RecoverCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    public static Command Create(CliHost host)
    {
        var environmentName = CommonOptions.Environment();
        var cluster = new ClusterOptions();
        var command = new Command(
            "recover",
            "Deletes and undoes what a run that was killed has left in a cluster, or what 'up' has brought up there.\n"
            + "Found by the harness' labels and by nothing else; what is left of faults lapses by itself after seconds.\n\n"
            + "Example:\n  recover --environment kubernetes --environment-file staging.yaml\n\n"
            + "Exit codes: 0 nothing is left, 3 invalid input, 4 the cluster cannot be asked, 5 something is still there.")
        {
            environmentName,
        };
        cluster.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var environment = EnvironmentCatalog.ToUse(parsed.GetValue(environmentName)!, CommonOptions.Local(null), cluster.Read(parsed), host);
            if (environment is not IClusterEnvironment there)
            {
                host.Console.WriteLine($"Nothing to do: a stack in '{environment.Name}' ends with the harness, by whatever signal. One that 'up' brought up ends with 'down'.");
                return (int)ExitCode.Pass;
            }

            var found = await there.RecoverAsync(new Lines(host), cancellationToken);
            host.Console.WriteLine(found.Count == 0 ? "Nothing to do." : $"Undone: {string.Join(", ", found)}.");
            return (int)ExitCode.Pass;
        });
        return command;
    }

    private sealed class Lines(CliHost host) : IProgress<string>
    {
        public void Report(string value) => host.Console.WriteLine(value);
    }
}
