using System.Globalization;

namespace Validation.Load.SelfWatching;

/// <summary>The Linux control group that limits the processors of this process, of version 1 or 2.</summary>
/// <remarks>See proc_pid_cgroup(5), proc_pid_mountinfo(5), and cpu.max and cpu.stat in the kernel's cgroup-v2 documentation.</remarks>
internal sealed class ControlGroup
{
    private readonly DirectoryInfo _folder;

    private ControlGroup(DirectoryInfo folder, bool isFirstVersion)
    {
        _folder = folder;
        Processors = isFirstVersion
            ? QuotaOf(Text("cpu.cfs_quota_us"), Text("cpu.cfs_period_us"))
            : Text("cpu.max")?.Split(' ') is [var quota, var period] ? QuotaOf(quota, period) : null;
    }

    /// <summary>Gets how many processors the group may use; null when it is not limited.</summary>
    public double? Processors { get; }

    /// <summary>Finds the group of this process.</summary>
    /// <param name="self">The folder about the process; another one in tests.</param>
    /// <returns>Null when there is none, or when it cannot be seen from here.</returns>
    public static ControlGroup? Find(string self = "/proc/self")
    {
        try
        {
            var groups = File.ReadAllLines(Path.Combine(self, "cgroup")).Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3).ToArray();
            foreach (var mount in File.ReadAllLines(Path.Combine(self, "mountinfo")).Select(Mount.Read).OfType<Mount>())
            {
                var path = groups.FirstOrDefault(group => mount.IsFirstVersion ? group[1].Split(',').Contains("cpu") : group[0] == "0")?[2];
                if (path is not null && FolderOf(mount, path) is { } folder)
                {
                    return new ControlGroup(folder, mount.IsFirstVersion);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Then nothing is known of a limit; what it does is seen in the delays all the same.
        }

        return null;
    }

    /// <summary>Returns how often the group was held back since it was made.</summary>
    public ThrottleCount ReadThrottling() => ThrottleCount.Read(Text("cpu.stat") ?? string.Empty);

    // The root group has no statistics, and one that was mounted from elsewhere has another path here.
    private static DirectoryInfo? FolderOf(Mount mount, string path)
    {
        var below = path.StartsWith(mount.Root.TrimEnd('/') + "/", StringComparison.Ordinal) ? path[mount.Root.TrimEnd('/').Length..] : "/";
        return new[] { mount.Point + below.TrimEnd('/'), mount.Point }
            .Where(folder => File.Exists(Path.Combine(folder, "cpu.stat")))
            .Select(folder => new DirectoryInfo(folder))
            .FirstOrDefault();
    }

    private static double? QuotaOf(string? quota, string? period) =>
        long.TryParse(quota, CultureInfo.InvariantCulture, out var allowed) && allowed > 0 && long.TryParse(period, CultureInfo.InvariantCulture, out var of) && of > 0
            ? (double)allowed / of
            : null;

    private string? Text(string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(_folder.FullName, file)).Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }

    private sealed record Mount(string Root, string Point, bool IsFirstVersion)
    {
        public static Mount? Read(string line)
        {
            var parts = line.Split(" - ", 2);
            if (parts.Length < 2 || parts[0].Split(' ') is not { Length: >= 5 } place || parts[1].Split(' ') is not { Length: >= 3 } type)
            {
                return null;
            }

            return type[0] switch
            {
                "cgroup2" => new Mount(place[3], place[4], false),
                "cgroup" when type[2].Split(',').Contains("cpu") => new Mount(place[3], place[4], true),
                _ => null,
            };
        }
    }
}
