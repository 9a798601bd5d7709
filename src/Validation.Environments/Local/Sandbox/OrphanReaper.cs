using Validation.Environments.Local.Programs;

namespace Validation.Environments.Local.Sandbox;

/// <summary>
/// Reaps processes whose parent ended before them: as PID 1 we inherit them. A postmaster that stays a zombie would
/// make PostgreSQL believe that its data directory is still in use.
/// </summary>
/// <remarks>
/// .NET collects the exit codes of processes that it started as soon as they end. So a zombie that is not registered
/// in <see cref="Children"/> and is still there at a second look was started by somebody else.
/// </remarks>
internal sealed class OrphanReaper : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly ITimer _timer;
    private HashSet<int> _seenBefore = [];

    /// <summary>Begins to reap.</summary>
    /// <param name="time">The clock.</param>
    public OrphanReaper(TimeProvider time) => _timer = time.CreateTimer(_ => Look(), null, Interval, Interval);

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        lock (_gate)
        {
            // One call into the kernel tells whether there is anything to look for; the table costs some hundred.
            var zombies = Native.PeekEndedChild() == 0 ? [] : FindZombies();
            foreach (var pid in zombies.Where(_seenBefore.Contains))
            {
                Native.Reap(pid);
            }

            _seenBefore = zombies;
        }
    }

    private static HashSet<int> FindZombies() =>
    [
        .. ProcessTable.Read()
            .Where(entry => entry.State == ProcessTable.Zombie && entry.Parent == Environment.ProcessId && !Children.Owns(entry.Pid))
            .Select(entry => entry.Pid),
    ];
}
