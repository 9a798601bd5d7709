using System.Globalization;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.Local.Sandbox;

/// <summary>The inner side of a sandbox: sets the namespaces up and listens to the process outside.</summary>
public sealed class SandboxInterior : IDisposable
{
    // What a shell reports for a process that was killed; nobody is left to read it.
    private const int KilledExitCode = 137;

    // PostgreSQL keeps shared memory in the one, everybody keeps sockets and process numbers in the other.
    private static readonly (string Directory, string Mode)[] Private = [("/run", "0755"), ("/dev/shm", "1777")];

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _livesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SandboxLink _link;
    private readonly OrphanReaper _reaper;

    private SandboxInterior(SandboxLink link, TimeProvider time)
    {
        _link = link;
        _reaper = new OrphanReaper(time);
    }

    /// <summary>Gets whether this process is the inner one of a sandbox.</summary>
    public static bool IsHere => Environment.ProcessId == 1 && LinkDescriptor is not null;

    /// <summary>Gets a token that is cancelled when the outer process asks this one to stop.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Gets the name given to <see cref="SandboxHost.StartDetachedAsync"/>; null in a sandbox that does not live on.</summary>
    public static string? StackName => Environment.GetEnvironmentVariable(SandboxCommand.StackVariable);

    private static string? LinkDescriptor => Environment.GetEnvironmentVariable(SandboxCommand.LinkVariable);

    /// <summary>
    /// Sets the sandbox up: private <c>/run</c> and <c>/dev/shm</c>, temporary files inside them, the loopback
    /// interface and packet forwarding. From now on this process dies with the outer one and reaps orphans.
    /// </summary>
    /// <param name="time">The clock.</param>
    /// <exception cref="HarnessException">The kernel did not allow it.</exception>
    /// <exception cref="InvalidOperationException">This process was not started by <see cref="SandboxHost"/>.</exception>
    public static SandboxInterior Enter(TimeProvider time)
    {
        if (!IsHere)
        {
            throw new InvalidOperationException($"This process was not started by {nameof(SandboxHost)}.");
        }

        var descriptor = int.Parse(LinkDescriptor!, CultureInfo.InvariantCulture);
        // Only this process may hold the line: a program of the stack that inherited it would keep it open.
        Native.SetInherited(descriptor, inherit: false);
        var interior = new SandboxInterior(new SandboxLink(descriptor), time);
        new Thread(interior.ListenUntilTheEnd) { IsBackground = true, Name = "sandbox line" }.Start();
        RefuseWhatWouldBeHidden();
        Native.AllowManyFiles();
        foreach (var (directory, mode) in Private)
        {
            Native.MountTmpfs(directory, $"mode={mode}");
        }

        Directory.CreateDirectory(SandboxPaths.Temporary);
        Environment.SetEnvironmentVariable("TMPDIR", SandboxPaths.Temporary);
        File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
        Tool.RunAsync(["ip", "link", "set", "lo", "up"], null, CancellationToken.None).GetAwaiter().GetResult();
        interior._link.Send(new SandboxMessage(SandboxWord.Entered));
        return interior;
    }

    /// <summary>Returns whether a path lies where the sandbox has a file system of its own, which ends with it.</summary>
    /// <param name="path">A full path.</param>
    public static bool EndsWithTheSandbox(string path) =>
        Array.Exists(Private, place => $"{path}/".StartsWith($"{place.Directory}/", StringComparison.Ordinal));

    /// <summary>Tells the outer process what is being waited for.</summary>
    /// <param name="sentence">One short sentence.</param>
    public void ReportProgress(string sentence) => _link.Send(new SandboxMessage(SandboxWord.Progress, sentence));

    /// <summary>Tells the outer process that the start has failed.</summary>
    /// <param name="error">Why.</param>
    public void ReportFailure(HarnessException error) =>
        _link.Send(new SandboxMessage(SandboxWord.Failed, error.Message, error.Hint, error.ExitCode));

    /// <summary>Tells the outer process that everything is ready, and returns when this process may live on without it.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task ReportReadyAsync(CancellationToken cancellationToken)
    {
        _link.Send(new SandboxMessage(SandboxWord.Ready));
        return _livesOn.Task.WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reaper.Dispose();
        _stopping.Dispose();
    }

    private static void RefuseWhatWouldBeHidden()
    {
        string[] needed = [AppContext.BaseDirectory, Environment.CurrentDirectory, DotnetHost.Program];
        foreach (var path in needed.Where(EndsWithTheSandbox))
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed,
                $"{path}: the sandbox puts its own directory in this place.",
                "Move it out of /run and /dev/shm, for example into your home directory.");
        }
    }

    private void ListenUntilTheEnd()
    {
        while (_link.Receive() is { } message)
        {
            if (message.Word == SandboxWord.LiveOn)
            {
                _livesOn.SetResult();
            }
            else if (message.Word == SandboxWord.Stop)
            {
                // Callbacks of the token may take their time; the line must stay watched.
                _ = Task.Run(_stopping.Cancel);
            }
        }

        if (!_livesOn.Task.IsCompleted)
        {
            // The second tie. SIGKILL would not do: the kernel does not deliver it to PID 1 from inside.
            Native.ExitNow(KilledExitCode);
        }
    }
}
