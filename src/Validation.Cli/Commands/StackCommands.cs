using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using Validation.Core;
using Validation.Environments.Local.Control;

namespace Validation.Cli.Commands;

/// <summary><c>down</c>, <c>status</c> and <c>logs</c>: what can be done with a stack that <c>up</c> brought up.</summary>
internal static class StackCommands
{
    private const string DefaultName = "local";

    /// <summary>Makes the option that names a stack.</summary>
    public static Option<string> NameOption() => new("--name")
    {
        Description = "The stack's name, where there are several.",
        HelpName = "NAME",
        DefaultValueFactory = _ => DefaultName,
    };

    /// <summary>Makes <c>down</c>.</summary>
    /// <param name="host">The outside.</param>
    public static Command Down(CliHost host)
    {
        var name = NameOption();
        var command = new Command("down", "Takes the local stack down. Nothing is left of it but its logs.") { name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var since = host.Time.GetTimestamp();
            await Find(parsed.GetValue(name)!).DownAsync(host.Time, cancellationToken);
            host.Console.WriteLine($"Down after {Duration.Format(host.Time.GetElapsedTime(since))}.");
            return (int)ExitCode.Pass;
        });
        return command;
    }

    /// <summary>Makes <c>status</c>.</summary>
    /// <param name="host">The outside.</param>
    public static Command Status(CliHost host)
    {
        var name = NameOption();
        var json = CommonOptions.Json();
        var command = new Command("status", "Shows every node of the local stack: role, address, state, restarts, and the role and lag of databases.") { name, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var status = await Find(parsed.GetValue(name)!).GetStatusAsync(cancellationToken);
            if (parsed.GetValue(json))
            {
                await host.Output.WriteLineAsync(JsonSerializer.Serialize(status, HarnessJson.Pretty));
            }
            else
            {
                Show(host.Console, status);
            }

            return (int)ExitCode.Pass;
        });
        return command;
    }

    /// <summary>Makes <c>logs</c>.</summary>
    /// <param name="host">The outside.</param>
    public static Command Logs(CliHost host)
    {
        var node = new Argument<string>("NODE") { Description = "The node, for example spire-server-2." };
        var lines = new Option<int>("--lines", "-n") { Description = "How many of the last lines.", HelpName = "NUMBER", DefaultValueFactory = _ => 50 };
        var name = NameOption();
        var command = new Command("logs", "Shows the last lines of a node's log.\n\nExample:\n  logs postgres-1 --lines 200") { node, lines, name };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            foreach (var line in await Find(parsed.GetValue(name)!).ReadLogAsync(parsed.GetValue(node)!, parsed.GetValue(lines), cancellationToken))
            {
                await host.Output.WriteLineAsync(line);
            }

            return (int)ExitCode.Pass;
        });
        return command;
    }

    private static RunningStack Find(string name)
    {
        var running = RunningStack.FindAll();
        return running.FirstOrDefault(stack => stack.Name == name)
            ?? throw new HarnessException(
                ExitCode.InvalidInput,
                $"No stack named '{name}' is up.{NearestWord.Suggestion(name, running.Select(stack => stack.Name))}",
                running.Count == 0 ? "Bring one up with 'up'." : $"These are up: {string.Join(", ", running.Select(stack => stack.Name))}.");
    }

    private static void Show(IAnsiConsole console, StackStatus status)
    {
        var table = new Table().Border(TableBorder.None).AddColumns("NODE", "ROLE", "ADDRESS", "STATE", "RESTARTS", "DATABASE");
        foreach (var node in status.Nodes)
        {
            table.AddRow(
                new Text(node.Name),
                new Text(node.Role),
                new Text(node.Address),
                new Text(node.Reason is null ? node.State.ToString() : $"{node.State} ({node.Reason})"),
                new Text(CommonOptions.Text(node.Restarts)),
                new Text(node.Database ?? string.Empty));
        }

        console.Write(table);
    }
}
