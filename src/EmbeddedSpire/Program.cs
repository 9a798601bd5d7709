using System.Runtime.InteropServices;
using EmbeddedSpire;
using EmbeddedSpire.Agent;
using EmbeddedSpire.Server;

const string Usage = """
    EmbeddedSpire: a SPIRE server and a SPIRE agent of our own, for tests of everything around SPIRE.

    Usage:
      EmbeddedSpire server run -config FILE           runs a server with SPIRE's own configuration file
      EmbeddedSpire server healthcheck | bundle show  asks a running server
      EmbeddedSpire agent run -config FILE            runs an agent with SPIRE's own configuration file
      EmbeddedSpire agent healthcheck | api fetch     asks a running agent
      EmbeddedSpire next server … | next agent …      the same, calling itself the next release
      EmbeddedSpire --version | --help

    'EmbeddedSpire server --help' and 'EmbeddedSpire agent --help' tell more.
    """;

// Who is asked to stop stops in its own time; who is asked twice is in a hurry and gets the default of the system.
using var stopping = new CancellationTokenSource();
Action<PosixSignalContext> stop = signal =>
{
    signal.Cancel = !stopping.IsCancellationRequested;
    stopping.Cancel();
};
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, stop);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, stop);

if (args is ["next", .. var after])
{
    Release.IsNext = true;
    args = after;
}

switch (args)
{
    case ["server", .. var rest]:
        return await ServerCommand.RunAsync(rest, stopping.Token);
    case ["agent", .. var rest]:
        return await AgentCommand.RunAsync(rest, stopping.Token);
    case ["--version" or "-version" or "version"]:
        Console.WriteLine(Release.Embedded);
        return 0;
    case ["--help" or "-help" or "-h" or "help"]:
        Console.WriteLine(Usage);
        return 0;
    default:
        Console.Error.WriteLine(Usage);
        return 1;
}
