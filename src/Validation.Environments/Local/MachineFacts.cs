using System.Globalization;
using System.Runtime.InteropServices;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.Local;

/// <summary>Finds out about the machine and the programs, for the report.</summary>
internal static class MachineFacts
{
    private const double KibibytesPerGibibyte = 1024 * 1024;

    // Those that decide how a stack behaves; the tools around them do not.
    private static readonly string[] Reported = ["etcd", "patroni", KnownProgram.Postgres, "pgbouncer", "haproxy", "nft"];

    /// <summary>Reads all facts.</summary>
    /// <param name="spireFlavor">Which SPIRE the stack runs; null when it runs none.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<IReadOnlyDictionary<string, string>> ReadAsync(string? spireFlavor, CancellationToken cancellationToken)
    {
        var facts = new Dictionary<string, string>
        {
            ["environment"] = "local",
            ["spire"] = spireFlavor ?? "none",
            ["kernel"] = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            ["distribution"] = ReadValue("/etc/os-release", "PRETTY_NAME=")?.Trim('"') ?? "unknown",
            ["processor"] = ReadValue("/proc/cpuinfo", "model name")?.TrimStart('\t', ' ', ':') ?? RuntimeInformation.OSArchitecture.ToString(),
            ["processors"] = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
            ["memory"] = ReadMemory(),
            ["user"] = IsRealRoot() ? "root" : "ordinary user",
            ["dotnet"] = Environment.Version.ToString(),
        };
        var versions = await Task.WhenAll(KnownProgram.All.Where(program => Reported.Contains(program.Name))
            .Select(async program => (program.Name, Version: await program.ReadVersionAsync(cancellationToken))));
        foreach (var (name, version) in versions)
        {
            facts[name] = version ?? "unknown";
        }

        return facts;
    }

    private static string ReadMemory()
    {
        var total = ReadValue("/proc/meminfo", "MemTotal:")?.Replace("kB", null, StringComparison.Ordinal);
        return double.TryParse(total, CultureInfo.InvariantCulture, out var kibibytes)
            ? string.Create(CultureInfo.InvariantCulture, $"{kibibytes / KibibytesPerGibibyte:0.0} GiB")
            : "unknown";
    }

    // Inside a user namespace everyone is root; the map tells who that is outside.
    private static bool IsRealRoot() =>
        File.ReadAllText("/proc/self/uid_map").Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["0", "0", ..];

    private static string? ReadValue(string path, string key) =>
        File.Exists(path)
            ? File.ReadLines(path).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?[key.Length..].Trim()
            : null;
}
