using System.Globalization;

namespace Validation.Load.SelfWatching;

/// <summary>What the processors of the machine have done since it was started, for whomever.</summary>
/// <param name="Busy">How long they worked, or were wanted and taken by another virtual machine, in ticks of the kernel.</param>
/// <param name="All">How long they were there.</param>
internal readonly record struct MachineTime(long Busy, long All)
{
    private const string Source = "/proc/stat";

    // user, nice, system, idle, iowait, irq, softirq, steal; what guests used is in user and nice already (proc(5)).
    private const int Columns = 8, Idle = 3, WaitingForDisks = 4;

    /// <summary>Reads it; null where the kernel does not say.</summary>
    public static MachineTime? Read() => File.Exists(Source) ? In(File.ReadAllText(Source)) : null;

    /// <summary>Returns the share of the processors that was busy since an earlier look; null when no tick has passed.</summary>
    /// <param name="earlier">What was seen then.</param>
    /// <remarks>What the kernel says of waiting for disks may decrease (proc(5)).</remarks>
    public double? ShareSince(MachineTime earlier) => All > earlier.All ? Math.Clamp((double)(Busy - earlier.Busy) / (All - earlier.All), 0, 1) : null;

    /// <summary>Reads it from the kernel's text.</summary>
    /// <param name="stat">The text of <c>/proc/stat</c>.</param>
    internal static MachineTime? In(string stat)
    {
        var words = stat.Split('\n').FirstOrDefault(line => line.StartsWith("cpu ", StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (words.Length <= Columns)
        {
            return null;
        }

        var ticks = words.Skip(1).Take(Columns).Select(word => long.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        return new MachineTime(ticks.Sum() - ticks[Idle] - ticks[WaitingForDisks], ticks.Sum());
    }
}
