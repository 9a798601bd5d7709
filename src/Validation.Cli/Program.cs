using Validation.Cli;
using Validation.Environments.Local.Sandbox;

// Started again by ourselves as the first process of new namespaces: set them up before anything else.
if (SandboxInterior.IsHere)
{
    using var interior = SandboxInterior.Enter(TimeProvider.System);
    return (int)await new CommandLine(CliHost.Real(), interior).RunAsync(args, interior.Stopping);
}

return (int)await new CommandLine(CliHost.Real(), null).RunAsync(args, CancellationToken.None);
