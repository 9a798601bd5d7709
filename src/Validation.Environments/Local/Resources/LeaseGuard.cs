using System.Diagnostics;
using System.Globalization;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.Local.Resources;

/// <summary>
/// A small process that takes a change back: when it is told to, when the lease is over, or when the harness is gone.
/// It is begun before the change is made and needs no living harness: it notices a death by its standard input and a
/// standstill by its own clock.
/// </summary>
internal sealed class LeaseGuard : IDisposable
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly ProcessStartInfo _start;
    private readonly TimeProvider _time;
    private Process _process;
    private bool _hasEnded;

    /// <summary>Starts the guard.</summary>
    /// <param name="lease">After which time it takes the change back by itself.</param>
    /// <param name="undo">Takes it back: a shell script that can be repeated, writes nothing and fails when it did not succeed.</param>
    /// <param name="time">The clock.</param>
    /// <param name="before">A shell script that it runs first.</param>
    /// <param name="prefix">A command that starts it, for example inside of a namespace.</param>
    public LeaseGuard(TimeSpan lease, string undo, TimeProvider time, string before = "", params IReadOnlyList<string> prefix)
    {
        var seconds = lease.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
        string[] command = [.. prefix, ProgramFinder.Require("sh"), "-c", $"{before} timeout {seconds} cat >/dev/null; {undo}"];
        _start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        // With administrators' programs, which an ordinary user's PATH may lack.
        _start.Environment["PATH"] = string.Join(':', ProgramFinder.Directories);
        (_time, _process) = (time, Children.Start(_start));
    }

    /// <summary>Reads a line that the script that it runs first has written.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<string> ReadLineAsync(CancellationToken cancellationToken) =>
        await _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(EndLimit, _time, cancellationToken) ?? string.Empty;

    /// <summary>Lets it take the change back and waits until it has. A second call does nothing once it has.</summary>
    /// <exception cref="HarnessException">It did not succeed; can be tried again.</exception>
    public async Task EndAsync()
    {
        if (_hasEnded)
        {
            return;
        }

        if (await WhyNotEndedAsync() is not null)
        {
            // Somebody has killed it, or it could not: another one does it at once.
            _process.Dispose();
            _process = Children.Start(_start);
            if (await WhyNotEndedAsync() is { } reason)
            {
                throw new HarnessException(ExitCode.EnvironmentFailed, $"A change was not taken back: {reason}");
            }
        }

        _hasEnded = true;
    }

    /// <inheritdoc/>
    public void Dispose() => _process.Dispose();

    private async Task<string?> WhyNotEndedAsync()
    {
        try
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(EndLimit, _time);
            return _process.ExitCode == 0 ? null : $"{(await _process.StandardError.ReadToEndAsync()).Trim()} (exit code {_process.ExitCode}).";
        }
        catch (Exception error) when (error is IOException or TimeoutException)
        {
            return error.Message;
        }
    }
}
