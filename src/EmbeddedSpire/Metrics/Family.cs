using System.Collections.Concurrent;

namespace EmbeddedSpire.Metrics;

/// <summary>What the values of a metric mean.</summary>
internal enum MetricKind
{
    Counter,
    Gauge,
    Summary,
}

/// <summary>All series of one name.</summary>
internal sealed class Family
{
    private readonly ConcurrentDictionary<string, Series> _series = [];
    private readonly TimeProvider _time;

    public Family(string name, MetricKind kind, TimeProvider time)
    {
        Name = name;
        Kind = kind;
        _time = time;
    }

    /// <summary>Gets the full name.</summary>
    public string Name { get; }

    public MetricKind Kind { get; }

    /// <summary>Gets the series in the order of their labels.</summary>
    public IEnumerable<Series> AllSeries => _series.Values.OrderBy(series => series.Labels, StringComparer.Ordinal);

    /// <summary>Returns the series with these labels, as they are written.</summary>
    public Series SeriesOf(string labels) => _series.GetOrAdd(labels, static (labels, time) => new Series(labels, time), _time);
}

/// <summary>The values of one metric with one set of labels.</summary>
internal sealed class Series
{
    private readonly Lazy<Summary> _summary;
    private double _value;

    public Series(string labels, TimeProvider time)
    {
        Labels = labels;
        _summary = new Lazy<Summary>(() => new Summary(time));
    }

    public string Labels { get; }

    public double Value => Volatile.Read(ref _value);

    public Summary Summary => _summary.Value;

    public void Set(double value) => Volatile.Write(ref _value, value);

    public void Add(double by)
    {
        var value = _value;
        while (true)
        {
            var seen = Interlocked.CompareExchange(ref _value, value + by, value);
            if (seen.Equals(value))
            {
                return;
            }

            value = seen;
        }
    }
}
