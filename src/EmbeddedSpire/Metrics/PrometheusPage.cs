using System.Globalization;
using System.Text;

namespace EmbeddedSpire.Metrics;

/// <summary>Writes metrics in the text format of Prometheus, as Go's client does.</summary>
internal static class PrometheusPage
{
    /// <summary>The media type that SPIRE sends.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

    private static readonly double[] Quantiles = [0.5, 0.9, 0.99];

    /// <summary>Writes all metrics of a registry.</summary>
    public static string Write(MetricRegistry registry)
    {
        var page = new StringBuilder();
        ProcessMetrics.Write((name, kind, help, value) =>
        {
            WriteHead(page, name, kind, help);
            WriteLine(page, name, string.Empty, Format(value));
        });
        foreach (var family in registry.Families)
        {
            WriteHead(page, family.Name, family.Kind, family.Name);
            foreach (var series in family.AllSeries)
            {
                if (family.Kind == MetricKind.Summary)
                {
                    WriteSummary(page, family.Name, series);
                }
                else
                {
                    WriteLine(page, family.Name, series.Labels, Format(series.Value));
                }
            }
        }

        return page.ToString();
    }

    /// <summary>Writes a number as Go does: the shortest that reads back the same, with an exponent from 1e+06 on and below 1e-04.</summary>
    internal static string Format(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
        }

        var magnitude = Math.Abs(value);
        if (value == 0 || magnitude is >= 1e-4 and < 1e6)
        {
            return value.ToString("0.##################################", CultureInfo.InvariantCulture) is var plain && double.Parse(plain, CultureInfo.InvariantCulture).Equals(value)
                ? plain
                : value.ToString("R", CultureInfo.InvariantCulture);
        }

        for (var digits = 0; digits < 17; digits++)
        {
            var text = value.ToString($"0.{new string('#', digits)}e+00", CultureInfo.InvariantCulture);
            if (double.Parse(text, CultureInfo.InvariantCulture).Equals(value))
            {
                return text;
            }
        }

        return value.ToString("0.################e+00", CultureInfo.InvariantCulture);
    }

    private static void WriteHead(StringBuilder page, string name, MetricKind kind, string help)
    {
        page.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
        page.Append("# TYPE ").Append(name).Append(' ').Append(kind.ToString().ToLowerInvariant()).Append('\n');
    }

    private static void WriteSummary(StringBuilder page, string name, Series series)
    {
        var (sum, count, quantiles) = series.Summary.Read(Quantiles);
        var comma = series.Labels.Length == 0 ? string.Empty : ",";
        for (var i = 0; i < Quantiles.Length; i++)
        {
            WriteLine(page, name, $"{series.Labels}{comma}quantile=\"{Format(Quantiles[i])}\"", Format(quantiles[i]));
        }

        WriteLine(page, $"{name}_sum", series.Labels, Format(sum));
        WriteLine(page, $"{name}_count", series.Labels, count.ToString(CultureInfo.InvariantCulture));
    }

    private static void WriteLine(StringBuilder page, string name, string labels, string value)
    {
        page.Append(name);
        if (labels.Length > 0)
        {
            page.Append('{').Append(labels).Append('}');
        }

        page.Append(' ').Append(value).Append('\n');
    }
}
