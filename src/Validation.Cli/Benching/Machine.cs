using System.Globalization;
using System.Runtime.InteropServices;

namespace Validation.Cli.Benching;

/// <summary>What has to be known of a machine to make something of figures that were measured on it.</summary>
internal static class Machine
{
    private const string ModelKey = "model name";

    /// <summary>Returns processor, system, runtime, and how many others wanted the processors.</summary>
    public static string Describe()
    {
        string[] facts =
        [
            string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} x {Model() ?? RuntimeInformation.ProcessArchitecture.ToString()}"),
            RuntimeInformation.OSDescription,
            RuntimeInformation.FrameworkDescription,
            .. File.Exists("/proc/loadavg") ? [$"load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}"] : Array.Empty<string>(),
        ];
        return string.Join(", ", facts);
    }

    private static string? Model() => File.Exists("/proc/cpuinfo")
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith(ModelKey, StringComparison.Ordinal))?[ModelKey.Length..].TrimStart('\t', ' ', ':')
        : null;
}
