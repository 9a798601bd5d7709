using System.Globalization;

namespace Validation.Spire.Benching;

/// <summary>The resident memory of this process, in bytes, as Linux counts it.</summary>
internal static class ResidentMemory
{
    /// <summary>Reads it.</summary>
    public static long Read() => In(File.ReadAllText("/proc/self/smaps_rollup"));

    /// <summary>Returns what a process' <c>smaps_rollup</c> says.</summary>
    /// <param name="rollup">The text of the file.</param>
    /// <exception cref="FormatException">It does not say.</exception>
    internal static long In(string rollup)
    {
        var line = rollup.Split('\n').FirstOrDefault(line => line.StartsWith("Rss:", StringComparison.Ordinal)) ?? throw new FormatException($"There is no 'Rss:' in {rollup}");
        return long.Parse(line["Rss:".Length..].Replace("kB", null, StringComparison.Ordinal), NumberStyles.Integer, CultureInfo.InvariantCulture) * 1024;
    }
}
