using System.Diagnostics;
using System.Globalization;

namespace Validation.Environments.Local.Programs;

/// <summary>
/// A small process that wakes frozen processes: when it is told to, when their lease is over, or when whoever froze them is
/// gone. The kernel has no lease for a stopped process, so this one must live on when its owner is killed or stopped
/// itself; it notices a death by its standard input and a standstill by its own clock.
/// </summary>
internal sealed class WakeGuard : IAsyncDisposable
{
    // Its input is one process number a line. Nothing may be written: nobody is left to read it when it matters.
    private const string Script = """for pid in $(timeout "$0" cat); do kill -CONT "$pid" 2>/dev/null; done""";

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly HashSet<int> _known = [];
    private readonly Process _process;
    private readonly TimeProvider _time;

    /// <summary>Starts the guard, for nobody yet.</summary>
    /// <param name="lease">After which time it wakes them by itself.</param>
    /// <param name="time">The clock.</param>
    public WakeGuard(TimeSpan lease, TimeProvider time)
    {
        _time = time;
        var seconds = lease.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
        _process = Children.Start(new ProcessStartInfo(ProgramFinder.Require("sh"), ["-c", Script, seconds])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
    }

    /// <summary>Tells it of processes, before they are stopped.</summary>
    /// <param name="pids">The processes; those it knows already may be among them.</param>
    /// <exception cref="HarnessException">It does not run any more, so nothing may be frozen under it.</exception>
    public void Watch(IEnumerable<int> pids)
    {
        try
        {
            foreach (var pid in pids.Where(_known.Add))
            {
                _process.StandardInput.WriteLine(pid.ToString(CultureInfo.InvariantCulture));
            }

            _process.StandardInput.Flush();
        }
        catch (IOException error)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, "The process that would wake frozen ones has ended.", innerException: error);
        }
    }

    /// <summary>Lets it wake everybody it knows and waits until it has.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(EndLimit, _time);
        }
        catch (Exception error) when (error is IOException or TimeoutException)
        {
            // It is over, or its own clock ends it; whoever disposes wakes them too.
        }

        _process.Dispose();
    }
}
