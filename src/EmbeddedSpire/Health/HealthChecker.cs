using EmbeddedSpire.Logging;

namespace EmbeddedSpire.Health;

/// <summary>
/// Looks after the parts of the process as SPIRE does: every second until all are well for the first time, then once a
/// minute. What it tells in between is up to a minute old.
/// </summary>
internal sealed class HealthChecker
{
    private static readonly TimeSpan FirstInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly SortedDictionary<string, Part> _parts = new(StringComparer.Ordinal);
    private readonly Logger _log;
    private readonly TimeProvider _time;

    /// <summary>Creates a checker without parts.</summary>
    public HealthChecker(Logger log, TimeProvider time) => (_log, _time) = (log.For("health"), time);

    /// <summary>Gets the last state of every part; null before its first check.</summary>
    public IReadOnlyDictionary<string, HealthState?> States => _parts.ToDictionary(part => part.Key, part => part.Value.State);

    /// <summary>Adds a part. All are added before <see cref="RunAsync"/>.</summary>
    /// <param name="name">Its name in the answers: <c>catalog.datastore</c>.</param>
    /// <param name="check">Looks at it; has to end in finite time.</param>
    public void Add(string name, Func<CancellationToken, Task<HealthState>> check) => _parts.Add(name, new Part(check));

    /// <summary>Checks until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await CheckAsync(cancellationToken);
        while (_parts.Values.Any(part => part.State is not { IsLive: true, IsReady: true }))
        {
            await Task.Delay(FirstInterval, _time, cancellationToken);
            await CheckAsync(cancellationToken);
        }

        while (true)
        {
            await Task.Delay(Interval, _time, cancellationToken);
            await CheckAsync(cancellationToken);
        }
    }

    /// <summary>Checks all parts once, one after the other.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, part) in _parts)
        {
            var before = part.State;
            part.State = await part.Check(cancellationToken);
            if (part.State.Errors.Count > 0)
            {
                _log.Error("Health check has failed", ("check", name), ("error", $"subsystem is not live or ready: {string.Join("; ", part.State.Errors.Values)}"));
            }
            else if (before is { Errors.Count: > 0 })
            {
                _log.Info("Health check recovered", ("check", name));
            }
        }
    }

    private sealed class Part(Func<CancellationToken, Task<HealthState>> check)
    {
        public Func<CancellationToken, Task<HealthState>> Check { get; } = check;

        public HealthState? State { get; set; }
    }
}
