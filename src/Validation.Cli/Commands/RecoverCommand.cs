using System.CommandLine;
using Spectre.Console;
using Validation.Cli.Composition;
using Validation.Core;
using Validation.Core.Running;
using Validation.Environments.Cluster;
using Validation.Environments.Local.Control;

namespace Validation.Cli.Commands;

/// <summary><c>recover</c>: says what a run has begun and not taken back, and deletes and undoes what it has left in a cluster.</summary>
internal static class RecoverCommand
{
    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    public static Command Create(CliHost host)
    {
        var folder = new Argument<DirectoryInfo?>("RUN")
        {
            Description = "The folder of a run whose journal is read first, for example reports/server-kill/latest.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var environmentName = CommonOptions.Environment();
        var cluster = new ClusterOptions();
        var command = new Command(
            "recover",
            "Deletes and undoes what a run that was killed has left in a cluster, or what 'up' has brought up there.\n"
            + "Found by the harness' labels and by nothing else; what is left of faults lapses by itself after seconds.\n"
            + "In 'local' it looks which stacks are on this machine and ends none of them.\n"
            + "With the folder of a run it says first which faults that run had begun and not seen the end of.\n\n"
            + "Examples:\n  recover --environment kubernetes --environment-file staging.yaml\n  recover reports/server-kill/latest\n\n"
            + "Exit codes: 0 nothing is left but what a living harness may be using, 3 invalid input, 4 the cluster cannot be asked, 5 something is still there, or a harness on this machine stands still.")
        {
            folder, environmentName,
        };
        cluster.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var given = parsed.GetResult(environmentName) is { Implicit: false } ? parsed.GetValue(environmentName) : null;
            var name = parsed.GetValue(folder) is { } run ? ReadJournal(host, RunDirectory.Open(run), given) : parsed.GetValue(environmentName)!;
            var environment = EnvironmentCatalog.ToUse(name, CommonOptions.Local(null), cluster.Read(parsed, name), host);
            if (environment is not IClusterEnvironment there)
            {
                return (int)LookAround(host);
            }

            var found = await there.RecoverAsync(new Lines(host), cancellationToken);
            host.Console.WriteLine(found.Count == 0 ? "Nothing to do." : $"Undone: {string.Join(", ", found)}.");
            return (int)ExitCode.Pass;
        });
        return command;
    }

    /// <summary>Says what is on this machine. A stack here ends with the harness, by whatever signal; only one whose harness stands still has to be ended.</summary>
    private static ExitCode LookAround(CliHost host)
    {
        var living = LivingSandbox.FindAll();
        var exitCode = ExitCode.Pass;
        foreach (var sandbox in living)
        {
            var pid = CommonOptions.Text(sandbox.ProcessId);
            if (sandbox.FindStoppedHarness() is { } stopped)
            {
                exitCode = ExitCode.LeftUnclean;
                host.Console.WriteLine(
                    $"Process {pid} holds a stack whose harness was stopped by a signal. Its faults lapse by their leases; "
                    + $"'kill -CONT {CommonOptions.Text(stopped)}' lets it go on, 'kill -KILL {pid}' ends it with everything in it.");
            }
            else
            {
                host.Console.WriteLine(sandbox.Stack is { } stack
                    ? $"Process {pid} holds the stack '{stack}', which 'up' brought up. It ends with 'down'."
                    : $"Process {pid} holds the stack of a run that goes on, and ends with it.");
            }
        }

        if (living.Count == 0)
        {
            host.Console.WriteLine("Nothing to do: no stack is on this machine. One in 'local' ends with the harness, by whatever signal.");
        }

        return exitCode;
    }

    /// <summary>Says what the journals of a run, and of its repetitions, leave open.</summary>
    /// <returns>The run's environment.</returns>
    private static string ReadJournal(CliHost host, RunDirectory run, string? environment)
    {
        var recorded = HarnessJson.Read<Plan>(run.Plan).Environment;
        if (environment is not null && environment != recorded)
        {
            throw new HarnessException(
                ExitCode.InvalidInput, $"{run.Root}: that run was in '{recorded}', not in '{environment}'.", "Leave '--environment' away, or give it the run's own.");
        }

        RunDirectory[] journals = run.Repetitions.Count > 0 ? [.. run.Repetitions] : [run];
        var open = journals.Where(one => one.Events.Exists).SelectMany(one => FaultJournal.Open(EventLog.Read(one.Events))).ToArray();
        foreach (var (at, fault) in open)
        {
            var targets = string.Join(", ", fault.Targets.SelectMany(target => target.Value).Distinct());
            host.Console.WriteLine($"{fault.Fault}{(targets.Length == 0 ? string.Empty : $" on {targets}")} was begun after {Duration.Format(at)} and not seen to be over.");
        }

        if (open.Length == 0)
        {
            host.Console.WriteLine("The run's journal has no fault that was begun and not seen to be over.");
        }

        return recorded;
    }

    private sealed class Lines(CliHost host) : IProgress<string>
    {
        public void Report(string value) => host.Console.WriteLine(value);
    }
}
