using System.Globalization;

namespace Validation.Environments.Local.Programs;

/// <summary>The processes that the kernel shows in <c>/proc</c>.</summary>
internal static class ProcessTable
{
    /// <summary>The state of a process that has ended and whose exit code nobody has collected.</summary>
    public const char Zombie = 'Z';

    /// <summary>The state of a process that was stopped by a signal.</summary>
    public const char Stopped = 'T';

    // Programs see the kernel's times in hundredths of a second, whatever the kernel counts in.
    private const double TicksPerSecond = 100;

    // From the state on.
    private const int FieldsBeforeTimes = 11;
    private const int OwnTimes = 2, TimesOfChildren = 2;

    /// <summary>Returns all processes.</summary>
    public static IEnumerable<ProcessEntry> Read() =>
        from directory in Directory.EnumerateDirectories("/proc")
        let pid = NumberOf(directory)
        where pid is not null
        let entry = ReadEntry(pid.Value, $"{directory}/stat")
        where entry is not null
        select entry.Value;

    /// <summary>Returns the processes that live in a network namespace, zombies not counted.</summary>
    /// <param name="networkNamespace">The namespace as the kernel names it: <c>net:[4026532180]</c>.</param>
    public static IReadOnlyList<int> InNetworkNamespace(string networkNamespace) =>
        [.. Read().Where(entry => entry.State != Zombie && LinkTarget(entry.Pid) == networkNamespace).Select(entry => entry.Pid)];

    /// <summary>Returns whether a process exists and has not ended.</summary>
    /// <param name="pid">The process.</param>
    public static bool IsAlive(int pid) => ReadEntry(pid, $"/proc/{pid}/stat") is { State: not Zombie };

    /// <summary>Returns the states of all threads of a process; empty when it is gone.</summary>
    /// <param name="pid">The process.</param>
    public static IReadOnlyList<char> ThreadStates(int pid)
    {
        try
        {
            return
            [
                .. from directory in Directory.EnumerateDirectories($"/proc/{pid}/task")
                   let entry = ReadEntry(pid, $"{directory}/stat")
                   where entry is not null
                   select entry.Value.State,
            ];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>Reads one line of the form of <c>/proc/PID/stat</c>.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="line">The line. The program's name in it stands in brackets and may hold brackets and blanks itself.</param>
    internal static ProcessEntry Parse(int pid, string line)
    {
        var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ', 3);
        return new ProcessEntry(pid, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[0][0]);
    }

    /// <summary>Returns the name of a process's program, of which the kernel keeps 15 characters; null when it is gone.</summary>
    /// <param name="pid">The process.</param>
    public static string? NameOf(int pid) => ReadLine($"/proc/{pid}/comm")?.TrimEnd('\n');

    /// <summary>Returns how much processor time the processes of each network namespace have used, with that of their children that have ended.</summary>
    /// <returns>By the namespace as the kernel names it.</returns>
    public static IReadOnlyDictionary<string, TimeSpan> ProcessorTimes()
    {
        var times = new Dictionary<string, TimeSpan>();
        foreach (var pid in Directory.EnumerateDirectories("/proc").Select(NumberOf).OfType<int>())
        {
            if (LinkTarget(pid) is { } networkNamespace && ReadLine($"/proc/{pid}/stat") is { } line)
            {
                times[networkNamespace] = times.GetValueOrDefault(networkNamespace) + ParseProcessorTime(line);
            }
        }

        return times;
    }

    /// <summary>Returns how much processor time a process has used, without that of its children; null when it is gone.</summary>
    /// <param name="pid">The process.</param>
    public static TimeSpan? ProcessorTimeOf(int pid) => ReadLine($"/proc/{pid}/stat") is { } line ? SumOfTimes(line, OwnTimes) : null;

    /// <summary>Reads how much processor time a process and its children that have ended have used from a line of the form of <c>/proc/PID/stat</c>.</summary>
    /// <param name="line">The line.</param>
    internal static TimeSpan ParseProcessorTime(string line) => SumOfTimes(line, OwnTimes + TimesOfChildren);

    // In user mode and in the kernel, and the same of children that were waited for: when a child ends, its time moves to its parent.
    private static TimeSpan SumOfTimes(string line, int fields)
    {
        var ticks = line[(line.LastIndexOf(')') + 2)..].Split(' ').Skip(FieldsBeforeTimes).Take(fields).Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }

    private static int? NumberOf(string directory) =>
        int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;

    private static ProcessEntry? ReadEntry(int pid, string path) => ReadLine(path) is { } line ? Parse(pid, line) : null;

    private static string? ReadLine(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            // It ended while we were looking.
            return null;
        }
    }

    private static string? LinkTarget(int pid)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/ns/net").LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>A process.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="Parent">The number of its parent.</param>
/// <param name="State">The kernel's letter for what it does.</param>
internal readonly record struct ProcessEntry(int Pid, int Parent, char State);
