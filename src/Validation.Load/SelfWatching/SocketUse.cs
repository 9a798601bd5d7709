using System.Globalization;

namespace Validation.Load.SelfWatching;

/// <summary>How many files, sockets and ports the process has in use, and may have.</summary>
/// <remarks>Sockets are those of the network namespace in which the process was started; its sockets elsewhere are among the open files.</remarks>
internal static class SocketUse
{
    private const string LimitName = "Max open files";

    /// <summary>Returns how many files and sockets the process has open.</summary>
    public static long OpenFiles() => Directory.EnumerateFileSystemEntries("/proc/self/fd").LongCount();

    /// <summary>Returns how many files and sockets it may have open; null when that is not limited.</summary>
    public static long? OpenFilesAllowed() => LimitIn(File.ReadAllText("/proc/self/limits"));

    /// <summary>Returns how many TCP sockets its network has.</summary>
    public static long TcpSockets() => new[] { "/proc/self/net/sockstat", "/proc/self/net/sockstat6" }.Where(File.Exists).Sum(file => SocketsIn(File.ReadAllText(file)));

    /// <summary>Returns how many ports there are for outgoing connections; null when unknown.</summary>
    public static long? Ports() =>
        File.Exists("/proc/sys/net/ipv4/ip_local_port_range") ? PortsIn(File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range")) : null;

    /// <summary>Reads the limit of open files.</summary>
    /// <param name="limits">The text of <c>/proc/PID/limits</c>.</param>
    internal static long? LimitIn(string limits) =>
        limits.Split('\n').FirstOrDefault(line => line.StartsWith(LimitName, StringComparison.Ordinal)) is { } line
        && Number(line[LimitName.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault()) is { } limit
            ? limit
            : null;

    /// <summary>Reads how many TCP sockets are in use, or closed and not yet forgotten.</summary>
    /// <param name="sockstat">The text of <c>/proc/PID/net/sockstat</c> or <c>sockstat6</c>.</param>
    internal static long SocketsIn(string sockstat)
    {
        var words = sockstat.Split('\n').FirstOrDefault(line => line.StartsWith("TCP", StringComparison.Ordinal))?.Split(' ') ?? [];
        return words.Zip(words.Skip(1)).Where(pair => pair.First is "inuse" or "tw").Sum(pair => Number(pair.Second) ?? 0);
    }

    /// <summary>Reads how many ports are in a range.</summary>
    /// <param name="range">Its first and its last port.</param>
    internal static long? PortsIn(string range) =>
        range.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [var first, var last] && Number(first) is { } from && Number(last) is { } to
            ? to - from + 1
            : null;

    private static long? Number(string? text) => long.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : null;
}
