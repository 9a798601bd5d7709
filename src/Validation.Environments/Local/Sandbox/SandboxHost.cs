using System.Runtime.InteropServices;
using Validation.Environments.Local.Control;

namespace Validation.Environments.Local.Sandbox;

/// <summary>
/// The outer side of a sandbox: starts this program again inside new PID, mount, IPC and network namespaces (and a
/// user namespace when it is not root), and stays with it.
/// </summary>
/// <remarks>
/// The inner process is PID 1 of its namespace. It is tied to the outer one twice: by a parent-death signal, which
/// falls when the thread that started it ends (hence a thread for nothing else), and by a socket whose other end only
/// the outer process holds. When PID 1 dies the kernel ends everything inside and takes namespaces, mounts, rules and
/// shared memory with it.
/// </remarks>
public static class SandboxHost
{
    /// <summary>How long the inner process may take to end in good order once it was asked to.</summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private static readonly PosixSignal[] Forwarded =
        [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];

    /// <summary>Runs this program once more, inside a sandbox, with the same console.</summary>
    /// <remarks>
    /// The first SIGINT, SIGTERM, SIGHUP or SIGQUIT asks the inner process to stop (<see cref="SandboxInterior.Stopping"/>),
    /// the second kills it; so does the end of <see cref="StopLimit"/>.
    /// </remarks>
    /// <param name="arguments">The arguments of the inner process.</param>
    /// <param name="cancellationToken">Asks the inner process to stop.</param>
    /// <returns>The inner process's exit code.</returns>
    /// <exception cref="HarnessException">The sandbox could not be made, or was killed, or something of it is left.</exception>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        using var inner = InnerProcess.Start(SandboxCommand.Attached(arguments), captureOutput: false);
        using var stop = new StopRequest(inner);
        using var cancelled = cancellationToken.Register(stop.Ask);
        var signals = Forwarded.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stop.Ask();
        })).ToArray();
        try
        {
            var remains = new Remains();
            var entered = inner.Listen(message =>
            {
                if (message.Word == SandboxWord.Entered)
                {
                    remains.Remember(inner.ProcessId);
                }
            });
            var exitCode = await inner.Exit;
            await remains.DemandNoneAsync();
            return await entered ? Ordinary(exitCode) : throw NotMade(string.Empty);
        }
        finally
        {
            Array.ForEach(signals, signal => signal.Dispose());
        }
    }

    /// <summary>Runs this program once more, inside a sandbox that lives on when it has reported that it is ready.</summary>
    /// <param name="name">A name for the stack, by which it is found again.</param>
    /// <param name="arguments">The arguments of the inner process.</param>
    /// <param name="progress">Told what is being waited for.</param>
    /// <param name="cancellationToken">Ends the attempt; nothing is left of it.</param>
    /// <exception cref="HarnessException">
    /// It did not get ready, and the message is what the inner process reported; or there is a stack of that name.
    /// </exception>
    public static async Task StartDetachedAsync(
        string name, IReadOnlyList<string> arguments, IProgress<string> progress, CancellationToken cancellationToken)
    {
        if (RunningStack.FindAll().FirstOrDefault(stack => stack.Name == name) is { } running)
        {
            throw new HarnessException(
                ExitCode.InvalidInput, $"A stack named '{name}' is up already (process {running.ProcessId}).", "Take it down first, with 'down'.");
        }

        using var inner = InnerProcess.Start(SandboxCommand.Detached(name, arguments), captureOutput: true);
        using var cancelled = cancellationToken.Register(inner.Kill);
        SandboxMessage? last = null;
        var listening = inner.Listen(message =>
        {
            last = message;
            if (message.Word == SandboxWord.Progress)
            {
                progress.Report(message.Text!);
            }
        });
        var entered = await listening;
        cancellationToken.ThrowIfCancellationRequested();
        if (last is { Word: SandboxWord.Ready })
        {
            inner.Link.Send(new SandboxMessage(SandboxWord.LiveOn));
            return;
        }

        inner.Kill();
        await inner.Exit;
        throw last is { Word: SandboxWord.Failed } failed
            ? new HarnessException(failed.ExitCode, failed.Text!, failed.Hint)
            : entered
                ? new HarnessException(ExitCode.EnvironmentFailed, $"The sandbox ended before it was ready. {inner.Output()}")
                : NotMade(inner.Output());
    }

    private static int Ordinary(int exitCode) => exitCode <= 128
        ? exitCode
        : throw new HarnessException(
            ExitCode.EnvironmentFailed, $"The sandbox was ended by signal {exitCode - 128}. The kernel has removed everything in it.");

    private static HarnessException NotMade(string output) => new(
        ExitCode.EnvironmentFailed,
        $"The sandbox could not be made. {output}".TrimEnd(),
        "'doctor' lists what the kernel must allow and how to allow it.");

    /// <summary>Asks the inner process to stop, and kills it when it is asked again or takes too long.</summary>
    private sealed class StopRequest(InnerProcess inner) : IDisposable
    {
        private readonly CancellationTokenSource _limit = new();
        private int _asked;

        public void Ask()
        {
            if (Interlocked.Increment(ref _asked) > 1)
            {
                inner.Kill();
                return;
            }

            inner.Link.Send(new SandboxMessage(SandboxWord.Stop));
            _limit.Token.Register(inner.Kill);
            _limit.CancelAfter(StopLimit);
        }

        public void Dispose() => _limit.Dispose();
    }
}
