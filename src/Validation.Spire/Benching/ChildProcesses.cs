using System.Diagnostics;
using System.Globalization;
using Validation.Core;

namespace Validation.Spire.Benching;

/// <summary>Runs programs of others, and knows the processor time of those that have ended. On Linux only.</summary>
internal static class ChildProcesses
{
    // The unit of /proc, whatever the kernel counts in.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <returns>What it printed, errors after the rest, and how long it kept a processor busy.</returns>
    /// <exception cref="HarnessException">It is not installed, or did not end well.</exception>
    public static async Task<(string Output, TimeSpan Processor)> RunAsync(
        string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var before = Time();
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Start(start);
        process.StandardInput.Close();
        try
        {
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken) + await errors;
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0
                ? (output, Time() - before)
                : throw new HarnessException(ExitCode.EnvironmentFailed, $"{program} {string.Join(' ', arguments)}: exited with {process.ExitCode}. {output}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>Returns the processor time of all children that have ended, from the text of <c>/proc/self/stat</c>.</summary>
    /// <param name="stat">The text; see proc(5), fields 16 and 17.</param>
    public static TimeSpan TimeIn(string stat)
    {
        // The program's name is in parentheses and may contain anything; the state, field 3, follows it.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return Tick * fields[13..15].Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
    }

    private static TimeSpan Time() => TimeIn(File.ReadAllText("/proc/self/stat"));

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new HarnessException(
                ExitCode.EnvironmentFailed, $"{start.FileName}: cannot be started. {error.Message}", "./run.sh doctor --install --for-tests", error);
        }
    }
}
