using System.CommandLine;
using Validation.Core;
using Validation.Environments.Local.Resources;

namespace Validation.Cli.Commands;

/// <summary><c>throttler</c>: what a node that is throttled is stopped by, in a local stack. Nobody types it.</summary>
internal static class ThrottlerCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var node = new Argument<string>("namespace") { Description = "The node's network namespace as the kernel names it." };
        var share = new Argument<double>("share") { Description = "How much of one processor the node may use." };
        var lease = new Argument<double>("lease") { Description = "After how many seconds it ends by itself." };
        var command = new Command(Throttler.Command, "Run by the harness itself: stops a node that has used its share of a processor. Ends with its standard input.") { node, share, lease };
        command.Hidden = true;
        command.SetAction(async (parsed, _) =>
        {
            await Throttler.RunAsync(
                Console.In,
                Console.Out,
                parsed.GetValue(node)!,
                parsed.GetValue(share),
                TimeSpan.FromSeconds(parsed.GetValue(lease)),
                TimeProvider.System);
            return (int)ExitCode.Pass;
        });
        return command;
    }
}
