using System.CommandLine;
using Validation.Core;
using Validation.Environments.Local.Impairing;

namespace Validation.Cli.Commands;

/// <summary><c>impairer</c>: what impaired packets go through, in a local stack. Nobody types it.</summary>
internal static class ImpairerCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var command = new Command(Impairer.Command, "Run by the harness itself: delays, loses and changes the packets of impaired links. Ends with its standard input.");
        command.Hidden = true;
        command.SetAction(async (_, cancellationToken) =>
        {
            await Impairer.RunAsync(Console.In, Console.Out, cancellationToken);
            return (int)ExitCode.Pass;
        });
        return command;
    }
}
