using System.Collections.Concurrent;
using System.Text;

namespace EmbeddedSpire.Metrics;

/// <summary>
/// The metrics of a process under SPIRE's names. A series appears with its first event, as in SPIRE. May be used by many threads.
/// </summary>
internal sealed class MetricRegistry
{
    private readonly ConcurrentDictionary<string, Family> _families = [];
    private readonly string _prefix;
    private readonly (string Key, string Value)[] _commonLabels;
    private readonly TimeProvider _time;

    /// <summary>Creates an empty registry.</summary>
    /// <param name="settings">Which labels all series have.</param>
    /// <param name="prefix">What names begin with when the settings do not say: <c>spire_server</c>.</param>
    /// <param name="trustDomain">The trust domain, for its label.</param>
    /// <param name="time">The clock of summaries and call times.</param>
    public MetricRegistry(MetricSettings settings, string prefix, string trustDomain, TimeProvider time)
    {
        _prefix = settings.Prefix ?? prefix;
        _time = time;
        _commonLabels =
        [
            .. settings.HasHostLabel ? new[] { ("host", Environment.MachineName) } : [],
            .. settings.HasTrustDomainLabel ? new[] { ("trust_domain", trustDomain) } : [],
        ];
    }

    internal IEnumerable<Family> Families => _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal);

    /// <summary>Adds to a counter.</summary>
    /// <param name="name">Without the prefix: <c>server_ca_sign_x509_svid</c>.</param>
    /// <param name="labels">Labels besides those that all have. Values are cleaned as SPIRE cleans them.</param>
    public void Increment(string name, params ReadOnlySpan<(string Key, string Value)> labels) => Increment(name, 1, labels);

    /// <summary>Adds to a counter.</summary>
    public void Increment(string name, double by, params ReadOnlySpan<(string Key, string Value)> labels) =>
        Of(name, MetricKind.Counter).SeriesOf(Labels(labels)).Add(by);

    /// <summary>Sets a gauge.</summary>
    public void Set(string name, double value, params ReadOnlySpan<(string Key, string Value)> labels) =>
        Of(name, MetricKind.Gauge).SeriesOf(Labels(labels)).Set((float)value);

    /// <summary>Adds a value to a summary.</summary>
    public void Observe(string name, double value, params ReadOnlySpan<(string Key, string Value)> labels) =>
        Of(name, MetricKind.Summary).SeriesOf(Labels(labels)).Summary.Observe(value);

    /// <summary>Returns the call counter of a name; hold on to it where calls are frequent.</summary>
    public CallMetric Call(string name) => new(this, name, _time);

    /// <summary>Replaces every character that is not a letter, a digit or an underscore.</summary>
    internal static string Clean(string value) =>
        string.Create(value.Length, value, static (clean, value) =>
        {
            for (var i = 0; i < clean.Length; i++)
            {
                clean[i] = char.IsAsciiLetterOrDigit(value[i]) ? value[i] : '_';
            }
        });

    internal Family Of(string name, MetricKind kind) =>
        _families.GetOrAdd($"{_prefix}_{Clean(name)}", static (full, arguments) => new Family(full, arguments.kind, arguments._time), (kind, _time));

    internal string Labels(ReadOnlySpan<(string Key, string Value)> labels)
    {
        var all = new SortedList<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in _commonLabels)
        {
            all[key] = Clean(value);
        }

        foreach (var (key, value) in labels)
        {
            all[Clean(key)] = Clean(value);
        }

        var text = new StringBuilder();
        foreach (var (key, value) in all)
        {
            text.Append(text.Length == 0 ? string.Empty : ",").Append(key).Append("=\"").Append(value).Append('"');
        }

        return text.ToString();
    }
}
