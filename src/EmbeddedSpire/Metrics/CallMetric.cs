using System.Collections.Concurrent;

namespace EmbeddedSpire.Metrics;

/// <summary>Counts calls by how they ended and measures how long they took: a counter, and a summary ending in <c>_elapsed_time</c>, in milliseconds.</summary>
internal sealed class CallMetric
{
    private readonly MetricRegistry _registry;
    private readonly string _name;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, (Series Counter, Summary Elapsed)> _byStatus = [];

    internal CallMetric(MetricRegistry registry, string name, TimeProvider time) => (_registry, _name, _time) = (registry, name, time);

    /// <summary>Returns when a call begins; give it to <see cref="End"/>.</summary>
    public long Begin() => _time.GetTimestamp();

    /// <summary>Counts a call.</summary>
    /// <param name="begun">From <see cref="Begin"/>.</param>
    /// <param name="status">The name of a gRPC code: <c>OK</c>, <c>Internal</c>.</param>
    /// <param name="labels">Further labels.</param>
    public void End(long begun, string status, params ReadOnlySpan<(string Key, string Value)> labels)
    {
        var elapsed = _time.GetElapsedTime(begun).TotalMilliseconds;
        var (counter, summary) = labels.IsEmpty && _byStatus.TryGetValue(status, out var known) ? known : Find(status, labels);
        counter.Add(1);
        summary.Observe(elapsed);
    }

    private (Series Counter, Summary Elapsed) Find(string status, ReadOnlySpan<(string Key, string Value)> labels)
    {
        var text = _registry.Labels([.. labels, ("status", status)]);
        var found = (
            _registry.Of(_name, MetricKind.Counter).SeriesOf(text),
            _registry.Of($"{_name}_elapsed_time", MetricKind.Summary).SeriesOf(text).Summary);
        return labels.IsEmpty ? _byStatus.GetOrAdd(status, found) : found;
    }
}
