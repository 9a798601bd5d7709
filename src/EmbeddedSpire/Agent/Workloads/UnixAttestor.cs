using System.Security.Cryptography;
using EmbeddedSpire.Agent.Caching;

namespace EmbeddedSpire.Agent.Workloads;

/// <summary>Tells users and groups of a process, and its program if it is asked to.</summary>
internal sealed class UnixAttestor : IWorkloadAttestor
{
    // Both lines of /proc/PID/status: real, effective, saved, file system.
    private const int Effective = 1;

    private readonly UnixSettings _settings;
    private readonly string _proc;
    private readonly AccountNames _users;
    private readonly AccountNames _groups;

    /// <summary>Creates the attestor.</summary>
    /// <param name="settings">What to find out.</param>
    /// <param name="proc">Where the kernel tells of processes.</param>
    /// <param name="accounts">Where the files <c>passwd</c> and <c>group</c> are.</param>
    public UnixAttestor(UnixSettings settings, string proc = "/proc", string accounts = "/etc")
    {
        _settings = settings;
        _proc = proc;
        _users = new AccountNames(Path.Combine(accounts, "passwd"));
        _groups = new AccountNames(Path.Combine(accounts, "group"));
    }

    public string Name => "unix";

    public IReadOnlyList<WorkloadSelector> Attest(int processId)
    {
        try
        {
            var directory = Path.Combine(_proc, processId.ToString(System.Globalization.CultureInfo.InvariantCulture));
            var status = ReadStatus(Path.Combine(directory, "status"));
            var (user, group) = (status["Uid"][Effective], status["Gid"][Effective]);
            var values = new List<string>();
            Add(values, "uid", user, "user", _users);
            Add(values, "gid", group, "group", _groups);
            foreach (var supplementary in status.GetValueOrDefault("Groups", []))
            {
                Add(values, "supplementary_gid", supplementary, "supplementary_group", _groups);
            }

            if (_settings.DiscoversPath)
            {
                AddProgram(values, Path.Combine(directory, "exe"));
            }

            return [.. values.Select(value => new WorkloadSelector(Name, value))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or KeyNotFoundException or IndexOutOfRangeException)
        {
            throw new AgentException($"workloadattestor(unix): failed to get process {processId}: {error.Message}", error);
        }
    }

    private static Dictionary<string, string[]> ReadStatus(string path) => File.ReadLines(path)
        .Select(line => line.Split(':', 2))
        .Where(parts => parts.Length == 2)
        .GroupBy(parts => parts[0])
        .ToDictionary(group => group.Key, group => group.First()[1].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static void Add(List<string> values, string idKind, string id, string nameKind, AccountNames names)
    {
        values.Add($"{idKind}:{id}");
        if (names.Find(id) is { } name)
        {
            values.Add($"{nameKind}:{name}");
        }
    }

    private void AddProgram(List<string> values, string link)
    {
        var path = new FileInfo(link).LinkTarget ?? throw new IOException("its program is not known");
        values.Add($"path:{path}");
        if (_settings.SizeLimit < 0)
        {
            return;
        }

        // Through the link, which leads to the right file also when the process lives in another file system.
        using var program = File.OpenRead(link);
        if (_settings.SizeLimit > 0 && program.Length > _settings.SizeLimit)
        {
            throw new IOException($"workload {path} exceeds size limit ({program.Length} > {_settings.SizeLimit})");
        }

        values.Add($"sha256:{Convert.ToHexStringLower(SHA256.HashData(program))}");
    }
}
