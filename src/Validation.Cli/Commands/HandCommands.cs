using System.CommandLine;
using Validation.Core;
using Validation.Environments.Cluster;

namespace Validation.Cli.Commands;

/// <summary><c>relay</c> and <c>node-helper</c>: what the harness runs inside a cluster. Nobody types them.</summary>
internal static class HandCommands
{
    /// <summary>Makes <c>relay</c>.</summary>
    /// <param name="host">The outside.</param>
    public static Command Relay(CliHost host)
    {
        var port = new Option<int>("--port")
        {
            Description = "The port on the loopback.",
            HelpName = "PORT",
            DefaultValueFactory = _ => ClusterHands.RelayPort,
        };
        var command = new Command(
            "relay", "Run by the harness itself, inside the pods of a cluster: opens connections from there, for one who reaches its loopback by a port-forward.") { port };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var signals = new StopSignals(cancellationToken);
            await ClusterHands.RelayAsync(parsed.GetValue(port), host.Time, signals.Token);
            return (int)ExitCode.Pass;
        });
        return command;
    }

    /// <summary>Makes <c>node-helper</c> and its session.</summary>
    /// <param name="host">The outside.</param>
    public static Command NodeHelper(CliHost host)
    {
        var command = new Command(
            "node-helper", "Run by the harness itself, on each node of a cluster: waits until it is told to end, so that sessions can be started beside it.")
        {
            Session(host),
        };
        command.SetAction(async (_, cancellationToken) =>
        {
            using var signals = new StopSignals(cancellationToken);
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = signals.Token.Register(ended.SetResult);
            await ended.Task;
            return (int)ExitCode.Pass;
        });
        return command;
    }

    private static Command Session(CliHost host)
    {
        var command = new Command(
            "session", "Carries out orders that come as JSON lines on the standard input: signals to processes of pods, cut links, datagrams. All is undone when the input ends or is silent for 10 s.");
        command.SetAction(async (_, cancellationToken) =>
        {
            using var signals = new StopSignals(cancellationToken);
            await using var input = Console.OpenStandardInput();
            await using var output = Console.OpenStandardOutput();
            await ClusterHands.ServeNodeAsync(input, output, host.Time, signals.Token);
            return (int)ExitCode.Pass;
        });
        return command;
    }
}
