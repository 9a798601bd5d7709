using Validation.Environments.Local.Programs;

namespace Validation.Environments.Tests.Kit;

/// <summary>Looks for what is left of a sandbox: nothing may be.</summary>
internal sealed class Leftovers
{
    private static readonly string[] Kinds = ["pid", "mnt", "net", "ipc"];

    private readonly HashSet<string> _ours = [.. Kinds.Select(kind => Namespace("self", kind)!)];
    private readonly HashSet<string> _filesBefore = TemporaryFiles();
    private readonly HashSet<string> _mountsBefore = NamespaceMounts();

    /// <summary>Returns the processes that are in a namespace which is not ours and below a given process, first the outermost.</summary>
    /// <param name="root">The process.</param>
    public static IReadOnlyList<int> Below(int root)
    {
        var table = ProcessTable.Read().ToArray();
        var found = new List<int> { root };
        for (var i = 0; i < found.Count; i++)
        {
            found.AddRange(table.Where(entry => entry.Parent == found[i]).Select(entry => entry.Pid));
        }

        return found[1..];
    }

    /// <summary>Returns the namespaces of a process that are not those of this one.</summary>
    /// <param name="pid">The process.</param>
    public IReadOnlySet<string> NamespacesOf(int pid) =>
        Kinds.Select(kind => Namespace($"{pid}", kind)).OfType<string>().Except(_ours).ToHashSet();

    /// <summary>Fails when a process is still in one of the namespaces, a mount holds one, or a file was left behind.</summary>
    /// <param name="namespaces">The namespaces of the sandbox.</param>
    /// <param name="pids">The sandbox's processes, in whose names temporary files would be.</param>
    /// <param name="seconds">How long the kernel may take.</param>
    public async Task ShouldBeNoneAsync(IReadOnlySet<string> namespaces, IReadOnlyCollection<int> pids, double seconds = 5)
    {
        var until = DateTime.UtcNow + TimeSpan.FromSeconds(seconds);
        var holders = Holders(namespaces);
        while (holders.Count > 0 && DateTime.UtcNow < until)
        {
            await Task.Delay(20);
            holders = Holders(namespaces);
        }

        // Not looked at again: a namespace that nobody holds is gone, and the kernel gives its number to the next.
        holders.Should().BeEmpty("the kernel ends everything with PID 1, and nobody else holds the namespaces");
        NamespaceMounts().Except(_mountsBefore).Should().BeEmpty("a namespace could be held by a mount too");
        TemporaryFiles().Except(_filesBefore)
            .Where(file => pids.Any(pid => file.Contains($"-{pid}-", StringComparison.Ordinal)))
            .Should().BeEmpty();
    }

    private static IReadOnlyList<string> Holders(IReadOnlySet<string> namespaces) =>
    [
        .. from entry in ProcessTable.Read()
           where entry.State != ProcessTable.Zombie
           from kind in Kinds
           let held = Namespace($"{entry.Pid}", kind)
           where held is not null && namespaces.Contains(held)
           select $"process {entry.Pid} in {held}, {About(entry.Pid)}",
    ];

    // What it does, and where the kernel waits for it: a process that is on its way out holds a namespace too.
    private static string About(int pid)
    {
        try
        {
            var status = File.ReadLines($"/proc/{pid}/status").Where(line => line.StartsWith("Name", StringComparison.Ordinal) || line.StartsWith("State", StringComparison.Ordinal));
            return string.Join(", ", [.. status, File.ReadAllText($"/proc/{pid}/wchan"), File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ')]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error.Message;
        }
    }

    private static string? Namespace(string process, string kind)
    {
        try
        {
            return new FileInfo($"/proc/{process}/ns/{kind}").LinkTarget;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static HashSet<string> NamespaceMounts() =>
        [.. File.ReadLines("/proc/self/mountinfo").Where(line => line.Contains("nsfs", StringComparison.Ordinal))];

    private static HashSet<string> TemporaryFiles() => [.. Directory.GetFileSystemEntries(Path.GetTempPath()), .. Directory.GetFileSystemEntries("/dev/shm")];
}
