using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Validation.Cli.Composition;
using Validation.Core;
using Validation.Load.Workers;

namespace Validation.Cli.Commands;

/// <summary><c>worker</c>: fires a share of the loads of a run that another process controls. Started by the harness itself.</summary>
internal static class WorkerCommand
{
    private const string Unix = "unix:";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Makes the command.</summary>
    /// <param name="host">The outside.</param>
    public static Command Create(CliHost host)
    {
        var listen = new Option<string>("--listen")
        {
            Description = "Where to wait for the controller: ADDRESS:PORT, or unix:PATH.",
            HelpName = "PLACE",
            DefaultValueFactory = _ => new IPEndPoint(IPAddress.Loopback, LoadWorker.DefaultPort).ToString(),
        };
        var number = new Option<int?>("--number")
        {
            Description = "Which worker this is, from 1; a controller that takes it for another one is refused. Default: what an Indexed Job says, else any.",
            HelpName = "NUMBER",
        };
        var command = new Command(
            "worker",
            "Fires a share of a run's loads for the controller that connects, and ends with the run. Started by the harness itself: "
            + "beside the stack by run --workers, in a cluster as a pod of an Indexed Job.\n\nExit codes: 0 a run was done, 4 no controller came or it went away.")
        {
            listen, number,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var worker = new LoadWorker(new Catalog(host.Time).Drivers, Versions.Own, host.Time)
            {
                Number = parsed.GetValue(number) ?? NumberInJob(),
            };
            using var listener = Listen(parsed.GetValue(listen)!);
            await host.Output.WriteLineAsync($"worker {worker.Number?.ToString(CultureInfo.InvariantCulture) ?? "without a number"} of version {Versions.Own} waits for its controller at {parsed.GetValue(listen)}");
            await worker.ListenAsync(listener, Patience, cancellationToken);
            await host.Output.WriteLineAsync("the run is over");
            return (int)ExitCode.Pass;
        });
        return command;
    }

    // Indexed Jobs count their pods from 0.
    private static int? NumberInJob() =>
        int.TryParse(Environment.GetEnvironmentVariable("JOB_COMPLETION_INDEX"), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index + 1 : null;

    private static Socket Listen(string place)
    {
        var isUnix = place.StartsWith(Unix, StringComparison.Ordinal);
        EndPoint? endPoint = isUnix ? new UnixDomainSocketEndPoint(place[Unix.Length..]) : IPEndPoint.TryParse(place, out var parsed) ? parsed : null;
        if (endPoint is null)
        {
            throw new HarnessException(ExitCode.InvalidInput, $"--listen is '{place}'; allowed is ADDRESS:PORT such as 127.0.0.1:{LoadWorker.DefaultPort}, or unix:PATH.");
        }

        var listener = new Socket(endPoint.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            listener.Bind(endPoint);
            listener.Listen();
            return listener;
        }
        catch (SocketException error)
        {
            listener.Dispose();
            throw new HarnessException(ExitCode.EnvironmentFailed, $"--listen {place}: {error.Message}.", innerException: error);
        }
    }
}
