using System.CommandLine;
using System.Text.Json;
using Validation.Core;
using Validation.Spire.Benching;

namespace Validation.Cli.Commands;

/// <summary><c>bench-server</c>: what <c>bench</c> calls. Nobody types it.</summary>
internal static class BenchServerCommand
{
    /// <summary>The name of the command.</summary>
    public const string Name = "bench-server";

    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    public static Command Create(CliHost host)
    {
        var authority = new Argument<string>("authority") { Description = "The certificate of the nodes that it attests, in base64." };
        var life = new Argument<int>("svid-life") { Description = "How long what it signs is valid, in seconds." };
        var command = new Command(Name, "Run by bench itself: a server that is called, in a process of its own. Ends with its standard input.") { authority, life };
        command.Hidden = true;
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var server = await BenchServer.StartAsync(
                BenchTrust.Parse(parsed.GetValue(authority)!, parsed.GetValue(life)), host.Time, cancellationToken);
            await host.Output.WriteLineAsync(JsonSerializer.Serialize(server.Addresses, HarnessJson.Lines));
            await host.Output.FlushAsync(cancellationToken);

            // Nothing is written to it; it ends when the bench does, however that comes about.
            await Console.In.ReadToEndAsync(cancellationToken);
            return (int)ExitCode.Pass;
        });
        return command;
    }
}
