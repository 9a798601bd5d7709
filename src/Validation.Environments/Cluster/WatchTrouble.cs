using Validation.Core.Running;
using Validation.Environments.Cluster.Pods;

namespace Validation.Environments.Cluster;

/// <summary>Records when the API server has not told of the pods for a while: node states in that time are guesses.</summary>
internal sealed class WatchTrouble
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // A watch that ends is begun again within a second or two, and nothing is missed.
    private static readonly TimeSpan Allowed = TimeSpan.FromSeconds(15);

    private readonly PodWatch _watch;
    private readonly TimeProvider _time;

    /// <summary>Creates it.</summary>
    /// <param name="watch">The pods.</param>
    /// <param name="time">The clock.</param>
    public WatchTrouble(PodWatch watch, TimeProvider time) => (_watch, _time) = (watch, time);

    /// <summary>Looks every second until it is cancelled.</summary>
    /// <param name="events">Where to record it.</param>
    /// <param name="cancellationToken">Ends the looking.</param>
    public async Task RecordAsync(IEventSink events, CancellationToken cancellationToken)
    {
        var well = _time.GetTimestamp();
        var isSaid = false;
        while (true)
        {
            await Task.Delay(Interval, _time, cancellationToken);
            if (_watch.Trouble is not { } trouble)
            {
                well = _time.GetTimestamp();
                isSaid = false;
            }
            else if (!isSaid && _time.GetElapsedTime(well) > Allowed)
            {
                isSaid = true;
                events.Record(new Trouble("cluster", $"Pods could not be watched for {Duration.Format(Allowed)}: {trouble}"));
            }
        }
    }
}
