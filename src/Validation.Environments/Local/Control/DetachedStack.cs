using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Control;

/// <summary>
/// A stack that lives on when the command that brought it up has ended. This is its inner side; the outer one is
/// <see cref="SandboxHost.StartDetachedAsync"/>, and other commands use <see cref="RunningStack"/>.
/// </summary>
public static class DetachedStack
{
    /// <summary>Brings a stack up, reports that to the outer process, and serves other commands until one takes it down.</summary>
    /// <param name="interior">The sandbox.</param>
    /// <param name="environment">The environment.</param>
    /// <param name="spec">The stack.</param>
    /// <param name="logs">The folder for the nodes' log files; exists.</param>
    /// <param name="time">The clock.</param>
    /// <returns>How this process ends.</returns>
    public static async Task<ExitCode> RunAsync(
        SandboxInterior interior, IEnvironment environment, StackSpec spec, DirectoryInfo logs, TimeProvider time)
    {
        try
        {
            await using var stack = await environment.UpAsync(spec, logs, new ToOutside(interior), interior.Stopping);
            using var server = new ControlServer(stack, SandboxInterior.StackName!, SandboxPaths.ControlSocket, time);
            await interior.ReportReadyAsync(interior.Stopping);
            await server.Down;
            return ExitCode.Pass;
        }
        catch (HarnessException error)
        {
            interior.ReportFailure(error);
            return error.ExitCode;
        }
    }

    // Progress<T> would report from other threads, after what it reports is over.
    private sealed class ToOutside(SandboxInterior interior) : IProgress<string>
    {
        public void Report(string value) => interior.ReportProgress(value);
    }
}
