using System.Diagnostics;
using System.Globalization;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.Local.Sandbox;

/// <summary>The process that makes the namespaces and, behind it, the inner process; as seen from outside.</summary>
internal sealed class InnerProcess : IDisposable
{
    private const int OutputLinesKept = 40;

    private readonly TaskCompletionSource<int> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<string> _output = new();

    private InnerProcess(SandboxLink link) => Link = link;

    /// <summary>Gets the line to the inner process.</summary>
    public SandboxLink Link { get; }

    /// <summary>Gets the number of the process that makes the namespaces and holds them.</summary>
    public int ProcessId => _started.Task.Result;

    /// <summary>Gets the exit code, once it has ended.</summary>
    public Task<int> Exit => _exit.Task;

    /// <summary>Starts it on a thread that lives as long as it does, because its death signal is tied to that thread.</summary>
    /// <param name="command">The command.</param>
    /// <param name="captureOutput">False to let it write to our console.</param>
    /// <exception cref="HarnessException">This is not Linux.</exception>
    public static InnerProcess Start(IReadOnlyList<string> command, bool captureOutput)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed, $"The environment 'local' needs Linux; this is {Environment.OSVersion}.", "On Windows, use WSL 2.");
        }

        var (ours, theirs) = Native.MakeSocketPair();
        var inner = new InnerProcess(new SandboxLink(ours));
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = captureOutput,
            RedirectStandardOutput = captureOutput,
            RedirectStandardError = captureOutput,
        };
        start.Environment[SandboxCommand.LinkVariable] = theirs.ToString(CultureInfo.InvariantCulture);
        // A runtime that is killed cannot remove its diagnostic sockets from the temporary directory.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        new Thread(() => inner.Run(start, theirs)) { IsBackground = true, Name = "sandbox" }.Start();
        inner._started.Task.GetAwaiter().GetResult();
        return inner;
    }

    /// <summary>Listens to the inner process until it says how its start went, or is gone.</summary>
    /// <param name="heard">Told of every message.</param>
    /// <returns>Whether it has entered its namespaces.</returns>
    public Task<bool> Listen(Action<SandboxMessage> heard) => Task.Factory.StartNew(
        () =>
        {
            var entered = false;
            while (Link.Receive() is { } message)
            {
                entered |= message.Word == SandboxWord.Entered;
                heard(message);
                if (message.Word is SandboxWord.Ready or SandboxWord.Failed)
                {
                    break;
                }
            }

            return entered;
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    /// <summary>Ends it and everything inside at once.</summary>
    public void Kill()
    {
        if (!_exit.Task.IsCompleted)
        {
            Native.Signal(ProcessId, Native.SigKill);
        }
    }

    /// <summary>Returns the last lines that it wrote, when they were captured.</summary>
    public string Output()
    {
        lock (_output)
        {
            return string.Join(Environment.NewLine, _output);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Link.Dispose();

    private void Run(ProcessStartInfo start, int theirs)
    {
        try
        {
            Native.SetInherited(theirs, inherit: true);
            using var process = Children.Start(start);
            Native.Close(theirs);
            if (start.RedirectStandardOutput)
            {
                process.StandardInput.Close();
                process.OutputDataReceived += Keep;
                process.ErrorDataReceived += Keep;
                process.BeginOutputReadLine();
                process.BeginErrorReadLine();
            }

            _started.SetResult(process.Id);
            process.WaitForExit();
            _exit.SetResult(process.ExitCode);
        }
        catch (Exception error) when (!_started.Task.IsCompleted)
        {
            _started.SetException(error);
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null)
        {
            return;
        }

        lock (_output)
        {
            _output.Enqueue(line.Data);
            if (_output.Count > OutputLinesKept)
            {
                _output.Dequeue();
            }
        }
    }
}
