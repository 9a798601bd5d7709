using System.Diagnostics;
using System.Text;

namespace Validation.SystemTests;

/// <summary>Finds what a run left on the machine: processes, namespaces, mounts, nftables tables, shared memory, files.</summary>
/// <remarks>
/// Processes are known by a mark in their environment, which every descendant inherits; everything else by comparing
/// the machine before and after.
/// </remarks>
internal sealed class Leftovers
{
    /// <summary>The environment variable that marks every process of a run.</summary>
    public const string Mark = "VALIDATION_SYSTEM_TEST";

    private static readonly string[] Folders = ["/tmp", "/run", "/run/netns", "/dev/shm", "/var/tmp", "/var/run"];

    private readonly Dictionary<string, HashSet<string>> _before;

    private Leftovers() => _before = Look();

    public string Id { get; } = Guid.NewGuid().ToString();

    /// <summary>Looks at the machine before a run.</summary>
    public static Leftovers LookBefore() => new();

    /// <summary>Returns the processes of the run that exist.</summary>
    public IReadOnlyList<int> Processes() =>
    [
        .. Directory.GetDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), out var id) ? id : 0)
            .Where(id => id > 0 && HasMark(id)),
    ];

    /// <summary>Returns everything that the run left; the kernel gets a moment to take it away.</summary>
    public async Task<IReadOnlyList<string>> FindAsync()
    {
        var since = Stopwatch.GetTimestamp();
        IReadOnlyList<string> left;
        do
        {
            await Task.Delay(100);
            left = FindNow();
        }
        while (left.Count > 0 && Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(5));
        return left;
    }

    private List<string> FindNow()
    {
        var left = Processes().Select(id => $"process {id}: {CommandOf(id)}").ToList();
        foreach (var (kind, now) in Look())
        {
            left.AddRange(now.Except(_before[kind]).Select(thing => $"{kind}: {thing}"));
        }

        return left;
    }

    private static Dictionary<string, HashSet<string>> Look() => new()
    {
        ["namespace"] = [.. Namespaces()],
        ["mount"] = [.. File.ReadAllLines("/proc/self/mountinfo")],
        ["nftables"] = [.. Lines("nft", "list", "tables")],
        ["System V shared memory"] = [.. File.ReadAllLines("/proc/sysvipc/shm").Skip(1).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(2)))],
        ["file"] = [.. Folders.Where(Directory.Exists).SelectMany(Directory.GetFileSystemEntries).Where(path => !IsOurOwn(path))],
    };

    // The tests' own folders, and what the test host itself and build tools keep there.
    private static bool IsOurOwn(string path) =>
        Path.GetFileName(path) is var name
        && (name.StartsWith("validation-system-test-", StringComparison.Ordinal) || name.StartsWith("clr-debug", StringComparison.Ordinal)
            || name.StartsWith("dotnet-diagnostic", StringComparison.Ordinal) || name.StartsWith(".dotnet", StringComparison.Ordinal)
            || name.StartsWith("MSBuild", StringComparison.Ordinal));

    /// <summary>Returns the namespaces that some process is in and that the test itself is not.</summary>
    private static IEnumerable<string> Namespaces()
    {
        foreach (var process in Directory.GetDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)))
        {
            foreach (var kind in new[] { "net", "pid", "mnt", "ipc", "user" })
            {
                if (Target($"{process}/ns/{kind}") is { } target)
                {
                    yield return target;
                }
            }
        }
    }

    private static string? Target(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private bool HasMark(int id)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{id}/environ")).Contains($"{Mark}={Id}", StringComparison.Ordinal) && !IsZombie(id);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsZombie(int id) => File.ReadAllText($"/proc/{id}/stat").Split(')')[^1].TrimStart().StartsWith('Z');

    private static string CommandOf(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "gone by now";
        }
    }

    private static string[] Lines(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
