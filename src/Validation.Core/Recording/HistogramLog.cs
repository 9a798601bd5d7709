using System.Globalization;

namespace Validation.Core.Recording;

/// <summary>The format of <c>slices.hlog</c>: the latencies of every second and load, as a log of HdrHistogram's version 1.3.</summary>
/// <remarks>
/// The tag of a line is the load. Operations belong to the second in which they were planned, counted since the run began; those that
/// failed have no latency. Values are nanoseconds, the largest one of a line is in milliseconds. The lines of a load can be
/// merged to any window of whole seconds, exactly.
/// </remarks>
public static class HistogramLog
{
    private const long Second = 1_000_000_000;

    /// <summary>Writes the log of a run.</summary>
    /// <param name="file">The file; replaced when it exists.</param>
    /// <param name="recording">The run.</param>
    public static void Write(FileInfo file, RunRecording recording)
    {
        using var log = file.CreateText();
        var startedAt = recording.Environment.GetValueOrDefault(EnvironmentFactNames.StartedAt);
        var start = DateTimeOffset.TryParse(startedAt, CultureInfo.InvariantCulture, out var parsed) ? parsed : DateTimeOffset.UnixEpoch;
        log.Write("#[Histogram log format version 1.3]\n");
        log.Write(string.Create(CultureInfo.InvariantCulture, $"#[StartTime: {start.ToUnixTimeMilliseconds() / 1_000.0:0.000} (seconds since epoch), {start:u}]\n"));
        log.Write("\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n");
        for (var load = 0; load < recording.Plan.Loads.Count; load++)
        {
            Write(log, recording.Plan.Loads[load].Name, recording.SamplesOf((ushort)load));
        }
    }

    private static void Write(StreamWriter log, string load, IReadOnlyList<Sample> byPlanned)
    {
        var histogram = HdrHistogram.ForLatencies();
        var second = 0L;
        foreach (var sample in byPlanned)
        {
            if (sample.PlannedNs / Second != second)
            {
                Flush(log, load, second, histogram);
                second = sample.PlannedNs / Second;
            }

            if (sample.Succeeded)
            {
                histogram.Add(sample.LatencyNs);
            }
        }

        Flush(log, load, second, histogram);
    }

    private static void Flush(StreamWriter log, string load, long second, HdrHistogram histogram)
    {
        if (histogram.Count == 0)
        {
            return;
        }

        var encoded = Convert.ToBase64String(histogram.EncodeCompressed());
        log.Write(string.Create(CultureInfo.InvariantCulture, $"Tag={load},{second}.000,1.000,{histogram.At(100) / 1e6:0.000},{encoded}\n"));
        histogram.Clear();
    }
}
