using System.Globalization;

namespace Validation.Reporting.Charts;

/// <summary>Latencies at the ticks of an axis, where a round number needs no decimals.</summary>
internal static class LatencyText
{
    /// <summary>Returns a latency as <c>30ms</c> or <c>1s</c>.</summary>
    /// <param name="latency">The latency.</param>
    public static string Short(TimeSpan latency) => latency.TotalMilliseconds switch
    {
        0 => "0",
        < 1 => With(latency.TotalMicroseconds, "us"),
        < 1_000 => With(latency.TotalMilliseconds, "ms"),
        _ => With(latency.TotalSeconds, "s"),
    };

    private static string With(double value, string unit) => value.ToString("0.##", CultureInfo.InvariantCulture) + unit;
}
