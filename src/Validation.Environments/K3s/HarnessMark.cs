using System.Globalization;

namespace Validation.Environments.K3s;

/// <summary>Names a process so that nobody takes a later one with the same number for it.</summary>
/// <remarks>
/// A second run on the same machine must not take the first one's cluster away, and nobody may be asked when the first
/// one was killed. So everything carries the kernel's boot, the PID namespace, the process and the time of its start.
/// </remarks>
internal static class HarnessMark
{
    private const int StartTimeAfterName = 19;

    /// <summary>Returns the mark of this process.</summary>
    public static string Own() => $"{Here()}.{Of(Environment.ProcessId)}";

    /// <summary>Tells whether the process that made a mark still runs.</summary>
    /// <param name="mark">The mark. Of one that no harness of this boot and PID namespace made, nothing is known.</param>
    public static HarnessLife LifeOf(string mark)
    {
        var parts = mark.Split('.');
        return parts.Length != 4 || $"{parts[0]}.{parts[1]}" != Here() || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            ? HarnessLife.Unknown
            : mark == $"{Here()}.{Of(pid)}" ? HarnessLife.Runs : HarnessLife.Ended;
    }

    private static string Here() => $"{Boot()}.{NumbersOf("/proc/self/ns/pid")}";

    private static string Boot() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    private static string NumbersOf(string link) => string.Concat((new FileInfo(link).LinkTarget ?? string.Empty).Where(char.IsAsciiDigit));

    private static string Of(int pid)
    {
        try
        {
            // The program's name stands in brackets and may hold brackets and blanks itself.
            var line = File.ReadAllText($"/proc/{pid}/stat");
            return $"{pid}.{line[(line.LastIndexOf(')') + 2)..].Split(' ')[StartTimeAfterName]}";
        }
        catch (IOException)
        {
            return $"{pid}.ended";
        }
    }
}
