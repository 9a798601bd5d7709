using System.Text.RegularExpressions;

namespace EmbeddedSpire.Tests.Server.Conformance;

/// <summary>The metrics of one name.</summary>
internal sealed partial record MetricFamily(string Kind, string Name, string Labels)
{
    /// <summary>Gets what a real server has and ours has not, because it speaks of Go's runtime or of what nobody asks for here.</summary>
    public static IReadOnlyList<string> Unserved { get; } =
    [
        "counter spire_server_datastore_federation_relationship_list host,status",
        "gauge spire_server_runtime_free_count host",
        "gauge spire_server_runtime_heap_objects host",
        "gauge spire_server_runtime_malloc_count host",
        "summary spire_server_datastore_federation_relationship_list_elapsed_time host,status",
        "summary spire_server_runtime_gc_pause_ns host",
    ];

    /// <summary>Gets what ours has and the recorded page has not, although SPIRE has it.</summary>
    public static IReadOnlyList<string> Unrecorded { get; } = [];

    /// <summary>Gets the metrics of a real server.</summary>
    public static IReadOnlyList<MetricFamily> Recorded =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Server", "Recorded", "metrics.txt")).Select(line => line.Split(' ')).Select(parts => new MetricFamily(parts[0], parts[1], parts.Length > 2 ? parts[2] : string.Empty))];

    /// <summary>Reads the metrics of a page.</summary>
    public static IReadOnlyList<MetricFamily> On(string page) =>
        [.. Kinds().Matches(page).Select(kind => (Kind: kind.Groups[2].Value, Name: kind.Groups[1].Value)).Select(family => new MetricFamily(family.Kind, family.Name, LabelsOf(page, family.Name)))];

    /// <inheritdoc/>
    public override string ToString() => $"{Kind} {Name} {Labels}".TrimEnd();

    private static string LabelsOf(string page, string name)
    {
        var labels = Regex.Matches(page, $@"^{name}(?:_sum|_count)?\{{(.*)\}} ", RegexOptions.Multiline)
            .SelectMany(series => LabelNames().Matches(series.Groups[1].Value).Select(label => label.Groups[1].Value));
        return string.Join(',', labels.Except(["quantile"]).Distinct().Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"^# TYPE (\S+) (\S+)$", RegexOptions.Multiline)]
    private static partial Regex Kinds();

    [GeneratedRegex(@"(\w+)=""")]
    private static partial Regex LabelNames();
}
