using System.Diagnostics;

namespace Validation.Environments.Local.Programs;

/// <summary>Runs a small program to its end.</summary>
internal static class Tool
{
    /// <summary>How long a program may take when the caller does not say.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(10);

    /// <summary>Runs a program and returns how it ended.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="input">What it reads from its standard input; null for nothing.</param>
    /// <param name="limit">How long it may take; it is killed afterwards.</param>
    /// <param name="cancellationToken">Ends the waiting and kills the program.</param>
    /// <exception cref="HarnessException">It could not be started, or took too long.</exception>
    public static async Task<ToolResult> TryRunAsync(
        IReadOnlyList<string> command, string? input, TimeSpan limit, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(ProgramFinder.Require(command[0]), command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(limit);
        using var process = Children.Start(start);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var errors = process.StandardError.ReadToEndAsync(deadline.Token);
            await FeedAsync(process, input, deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return new ToolResult(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed, $"{string.Join(' ', command)}: did not end within {Duration.Format(limit)}.");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>Runs a program that must succeed and returns its output.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="input">What it reads from its standard input; null for nothing.</param>
    /// <param name="cancellationToken">Ends the waiting and kills the program.</param>
    /// <exception cref="HarnessException">It failed; its own words are in the message.</exception>
    public static async Task<string> RunAsync(IReadOnlyList<string> command, string? input, CancellationToken cancellationToken)
    {
        var result = await TryRunAsync(command, input, DefaultLimit, cancellationToken);
        return result.Succeeded
            ? result.Output
            : throw new HarnessException(
                ExitCode.EnvironmentFailed,
                $"{string.Join(' ', command)}: ended with exit code {result.ExitCode}. {result.Errors.Trim()}");
    }

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
}

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Its exit code; 128 and the signal's number when a signal ended it.</param>
/// <param name="Output">What it wrote to its standard output.</param>
/// <param name="Errors">What it wrote to its standard error.</param>
internal sealed record ToolResult(int ExitCode, string Output, string Errors)
{
    /// <summary>Gets whether its exit code was 0.</summary>
    public bool Succeeded => ExitCode == 0;
}
