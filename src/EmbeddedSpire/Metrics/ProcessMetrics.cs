using System.Globalization;

namespace EmbeddedSpire.Metrics;

/// <summary>What Go's Prometheus client tells of a process besides SPIRE's own metrics: the same on every dashboard.</summary>
internal static class ProcessMetrics
{
    // Linux tells times in clock ticks, of which there are a hundred a second on every platform that .NET runs on.
    private const double TicksPerSecond = 100;

    /// <summary>Reads <c>/proc/self</c>; writes nothing where there is none.</summary>
    /// <param name="write">Given the name, the kind, the help text and the value, in the order of the names.</param>
    public static void Write(Action<string, MetricKind, string, double> write)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // After the name in parentheses, which may contain anything; the first field after it is number 3 of proc(5).
        var stat = File.ReadAllText("/proc/self/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        double Field(int number) => double.Parse(fields[number - 3], CultureInfo.InvariantCulture);

        write("process_cpu_seconds_total", MetricKind.Counter, "CPU time in user and system mode.", (Field(14) + Field(15)) / TicksPerSecond);
        write("process_max_fds", MetricKind.Gauge, "Most file descriptors that may be open.", Limit("Max open files"));
        if (ReadIpOctets() is var (received, sent))
        {
            write("process_network_receive_bytes_total", MetricKind.Counter, "Bytes that came in by IP, for all processes of the network namespace.", received);
            write("process_network_transmit_bytes_total", MetricKind.Counter, "Bytes that went out by IP, for all processes of the network namespace.", sent);
        }

        write("process_open_fds", MetricKind.Gauge, "File descriptors that are open.", Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
        write("process_resident_memory_bytes", MetricKind.Gauge, "Resident memory.", Field(24) * Environment.SystemPageSize);
        write("process_start_time_seconds", MetricKind.Gauge, "Start of the process since the Unix epoch.", BootTime() + (Field(22) / TicksPerSecond));
        write("process_virtual_memory_bytes", MetricKind.Gauge, "Virtual memory.", Field(23));
        write("process_virtual_memory_max_bytes", MetricKind.Gauge, "Most virtual memory that there may be.", Limit("Max address space"));
    }

    /// <summary>Returns a soft limit of the process; what is not limited is told as Go's client tells it.</summary>
    private static double Limit(string name)
    {
        var limit = File.ReadLines("/proc/self/limits").First(line => line.StartsWith(name, StringComparison.Ordinal));
        var soft = limit[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return double.TryParse(soft, CultureInfo.InvariantCulture, out var number) ? number : ulong.MaxValue;
    }

    private static (double Received, double Sent)? ReadIpOctets()
    {
        const string Path = "/proc/self/net/netstat";
        if (!File.Exists(Path))
        {
            // Some sandboxes have no such file.
            return null;
        }

        // A line with the names, then one with the values.
        var lines = File.ReadLines(Path).Where(line => line.StartsWith("IpExt: ", StringComparison.Ordinal)).Select(line => line.Split(' ')).ToList();
        double Value(string name) => double.Parse(lines[1][Array.IndexOf(lines[0], name)], CultureInfo.InvariantCulture);
        return lines.Count == 2 ? (Value("InOctets"), Value("OutOctets")) : null;
    }

    private static double BootTime() => double.Parse(
        File.ReadLines("/proc/stat").First(line => line.StartsWith("btime ", StringComparison.Ordinal))["btime ".Length..], CultureInfo.InvariantCulture);
}
