using System.Diagnostics;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.Cluster.Tools;

/// <summary>A program of the user's machine (kubectl, docker) as a process: run to its end, or kept going.</summary>
internal sealed class ToolProcess : IToolSession
{
    // Ends a program that does not read its input when the harness ends, by whatever signal: the kernel closes the
    // pipe then. Without it a port-forward would outlive a harness that was killed.
    private const string Leash =
        """
        exec 3<&0
        "$@" </dev/null 3<&- &
        tool=$!
        { cat <&3 >/dev/null; kill "$tool" 2>/dev/null; } >/dev/null 2>&1 &
        watch=$!
        exec 3<&-
        trap 'kill "$tool" 2>/dev/null' TERM
        wait "$tool"
        code=$?
        kill "$watch" 2>/dev/null
        exit "$code"
        """;

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly TimeProvider _time;
    private readonly bool _isLeashed;

    private ToolProcess(Process process, SecretMask mask, TimeProvider time, bool isLeashed)
    {
        (_process, _time, _isLeashed) = (process, time, isLeashed);
        Ended = WaitAsync(mask);
    }

    /// <inheritdoc/>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <inheritdoc/>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <inheritdoc/>
    public Task<ToolAnswer> Ended { get; }

    /// <summary>Runs a program to its end.</summary>
    /// <param name="command">The program's full path and its arguments; never with a secret in it, because everyone on the machine can read it.</param>
    /// <param name="input">What it reads from its standard input; null for nothing.</param>
    /// <param name="limit">How long it may take; it is killed afterwards.</param>
    /// <param name="mask">The secrets that its errors must not show.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the waiting and kills the program.</param>
    /// <exception cref="HarnessException">It took too long, or printed too much.</exception>
    public static async Task<ToolAnswer> RunAsync(
        IReadOnlyList<string> command, string? input, TimeSpan limit, SecretMask mask, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        using var process = Start(command);
        try
        {
            var output = BoundedText.ReadAllAsync(process.StandardOutput, Path.GetFileName(command[0]), deadline.Token);
            var errors = BoundedText.ReadEndAsync(process.StandardError, deadline.Token);
            await FeedAsync(process, input, deadline.Token);
            // First the output: a program that prints without end is stopped by what this throws.
            var answer = await output;
            await process.WaitForExitAsync(deadline.Token);
            return new ToolAnswer(process.ExitCode, answer, mask.Hide(await errors));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed, $"{ShellLine.Of(command)}: did not end within {Duration.Format(limit)}.");
        }
        finally
        {
            Kill(process);
        }
    }

    /// <summary>Starts a program that goes on until it is disposed of, or until the harness ends.</summary>
    /// <param name="command">The program's full path and its arguments.</param>
    /// <param name="readsInput">
    /// True when it reads its standard input and ends with it; any other program is put on a leash that ends it then.
    /// </param>
    /// <param name="mask">The secrets that its errors must not show.</param>
    /// <param name="time">The clock.</param>
    public static ToolProcess Open(IReadOnlyList<string> command, bool readsInput, SecretMask mask, TimeProvider time) =>
        new(Start(readsInput ? command : ["/bin/sh", "-c", Leash, "leash", .. command]), mask, time, !readsInput);

    /// <inheritdoc/>
    /// <remarks>Closes its input and, when that does not end it within five seconds, kills it.</remarks>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // It has ended already, with something of ours unread, or its input was closed before.
        }

        try
        {
            // What reads its input may have a farewell to send; nobody waits for that of the others.
            await Ended.WaitAsync(_isLeashed ? EndLimit / 5 : EndLimit, _time);
        }
        catch (TimeoutException)
        {
            Kill(_process);
            await Ended;
        }

        _process.Dispose();
    }

    private static Process Start(IReadOnlyList<string> command) => Children.Start(new ProcessStartInfo(command[0], command.Skip(1))
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    });

    private static async Task FeedAsync(Process process, string? input, CancellationToken cancellationToken)
    {
        try
        {
            if (input is not null)
            {
                await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading everything; its exit code says why.
        }
    }

    private static void Kill(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private async Task<ToolAnswer> WaitAsync(SecretMask mask)
    {
        var errors = await BoundedText.ReadEndAsync(_process.StandardError, CancellationToken.None);
        await _process.WaitForExitAsync();
        return new ToolAnswer(_process.ExitCode, string.Empty, mask.Hide(errors));
    }
}
