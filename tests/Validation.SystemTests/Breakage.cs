using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Validation.SystemTests;

/// <summary>What is broken in a sandbox as the kernel and the databases show it, without asking the harness.</summary>
internal static partial class Breakage
{
    private const string Nodes = "/run/validation/stack";
    private const long AlmostNothing = 100_000_000;

    /// <summary>Returns it.</summary>
    /// <param name="sandbox">The namespaces of the run.</param>
    public static List<string> In(Sandbox sandbox) =>
    [
        .. sandbox.Processes().Where(id => id != sandbox.FirstProcess).SelectMany(BrokenIn),
        .. sandbox.Read("nft", "list", "ruleset").Split('\n').Where(line => line.Contains("expires", StringComparison.Ordinal)).Select(line => $"cut: {line.Trim()}"),
        .. File.ReadLines($"/proc/{sandbox.FirstProcess}/mountinfo").Where(line => line.Contains("/stack/", StringComparison.Ordinal) && SizeOf(line) < AlmostNothing).Select(line => $"full: {line}"),
        .. Directory.GetFiles($"/proc/{sandbox.FirstProcess}/root/run/validation", "*.clock").Where(file => File.ReadAllText(file).Trim() != "+0").Select(file => $"clock: {file}"),
        .. DatabasesIn(sandbox).SelectMany(database => BrokenIn(sandbox, database)),
    ];

    /// <summary>Looks again and again until nothing is broken.</summary>
    /// <param name="sandbox">The namespaces of the run.</param>
    /// <param name="limit">How long that may take.</param>
    /// <returns>What is broken after that time.</returns>
    public static async Task<List<string>> AfterAsync(Sandbox sandbox, TimeSpan limit)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            var broken = In(sandbox);
            if (broken.Count == 0 || Stopwatch.GetElapsedTime(since) >= limit)
            {
                return broken;
            }

            await Task.Delay(TimeSpan.FromSeconds(1));
        }
    }

    // One that has ended stays down while whoever supervises it and buries its dead stands still, and has nothing that could be broken.
    private static IEnumerable<string> DatabasesIn(Sandbox sandbox)
    {
        var commands = sandbox.Processes().Select(id => TryRead($"/proc/{id}/cmdline", out var command) ? command : string.Empty).ToArray();
        return Directory.GetDirectories($"/proc/{sandbox.FirstProcess}/root{Nodes}", "postgres-*").Select(path => $"{Nodes}/{Path.GetFileName(path)}")
            .Where(database => commands.Any(command => command.Contains($"-D {database}/", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> BrokenIn(Sandbox sandbox, string database)
    {
        var password = PasswordPattern().Match(sandbox.Read("cat", $"{database}/patroni.yaml")).Groups[1].Value;
        var found = sandbox.TryRead("timeout", "5", "env", $"PGPASSWORD={password}", "psql", "--tuples-only", "--no-align", $"host={database} user=postgres dbname=spire", "--command", """
            SELECT 'trigger: ' || tgname FROM pg_trigger WHERE tgname LIKE 'validation%'
            UNION ALL SELECT 'setting: ' || name FROM pg_settings WHERE name = 'max_standby_streaming_delay' AND setting = '-1'
            UNION ALL SELECT 'lock: ' || relation::regclass FROM pg_locks WHERE mode IN ('ExclusiveLock', 'AccessExclusiveLock') AND granted AND relation IS NOT NULL AND pid <> pg_backend_pid()
            """);
        return (found ?? "silent").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => $"{line} of {database}");
    }

    // A node's file system may grow to half of the machine's memory; a full one is as large as what is on it.
    private static long SizeOf(string mount) =>
        mount.Split(',').FirstOrDefault(option => option.StartsWith("size=", StringComparison.Ordinal)) is { } size
            ? long.Parse(size["size=".Length..].TrimEnd('k'), CultureInfo.InvariantCulture) * 1024
            : long.MaxValue;

    private static IEnumerable<string> BrokenIn(int id)
    {
        // Nobody collects those who ended meanwhile: the first process stands still.
        if (!TryRead($"/proc/{id}/status", out var status) || status.Contains("State:\tZ", StringComparison.Ordinal) || !TryRead($"/proc/{id}/limits", out var limits) || !TryRead($"/proc/{id}/cmdline", out var command))
        {
            yield break;
        }

        if (status.Contains("State:\tT", StringComparison.Ordinal))
        {
            yield return $"stopped: {id} {command}";
        }

        if (command.Contains("while :", StringComparison.Ordinal) && status.Contains("State:\tR", StringComparison.Ordinal))
        {
            yield return $"busy: {id}";
        }

        if (limits.Split('\n').Where(line => line.StartsWith("Max data size", StringComparison.Ordinal) || line.StartsWith("Max open files", StringComparison.Ordinal)).Any(IsLowered))
        {
            yield return $"limited: {id} {command}";
        }
    }

    // The harness raises the soft limit of files to the hard one for all of its processes, or leaves both as they are.
    private static bool IsLowered(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words[3] != words[4] && !(words[1] == "open" && words[3] is "1024");
    }

    [GeneratedRegex(@"superuser:\s+username: \S+\s+password: (\S+)")]
    private static partial Regex PasswordPattern();

    private static bool TryRead(string path, out string text)
    {
        try
        {
            text = File.ReadAllText(path).Replace('\0', ' ');
            return true;
        }
        catch (IOException)
        {
            text = string.Empty;
            return false;
        }
    }
}
