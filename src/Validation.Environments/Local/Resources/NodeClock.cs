using System.Globalization;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Resources;

/// <summary>
/// A node's clock, set off by libfaketime: a library that answers for libc when a program asks for the time. It reads
/// from a file how much to add, so the clock can be set right while the program runs.
/// </summary>
/// <remarks>Clocks that only measure time, from which waits are counted, are left alone. Go programs ask the kernel and not libc.</remarks>
internal sealed class NodeClock
{
    private const string Library = "faketime/libfaketimeMT.so.1", Right = "+0";

    private readonly string _file;
    private volatile bool _isOff;

    /// <summary>Creates the clock; it is right.</summary>
    /// <param name="node">The node's name.</param>
    public NodeClock(string node) => _file = FileOf(node);

    /// <summary>Gets what the environment of the node's programs needs when they are started.</summary>
    public Dictionary<string, string> Environment => _isOff ? new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = FindLibrary(),
        ["FAKETIME_TIMESTAMP_FILE"] = _file,
        ["FAKETIME_CACHE_DURATION"] = "1",
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
    }
    : [];

    /// <summary>Sets the clock off from the next start on.</summary>
    /// <param name="by">How much it is ahead.</param>
    /// <param name="lease">It is right again after this time.</param>
    /// <param name="time">The harness' clock.</param>
    /// <returns>Sets it right when it is disposed.</returns>
    /// <exception cref="HarnessException">The library is not there.</exception>
    public IAsyncDisposable SetOff(TimeSpan by, TimeSpan lease, TimeProvider time)
    {
        FindLibrary();
        var guard = new LeaseGuard(lease, $"echo {Right} > '{_file}'", time);
        File.WriteAllText(_file, by.TotalSeconds.ToString("+0.###;-0.###", CultureInfo.InvariantCulture) + "\n");
        _isOff = true;
        return new ClockSetOff(this, guard);
    }

    /// <summary>Reads how much is added to the time of a node: <c>+0</c> when its clock is right.</summary>
    /// <param name="node">The node's name.</param>
    public static string Read(string node) => File.Exists(FileOf(node)) ? File.ReadAllText(FileOf(node)).Trim() : Right;

    private static string FileOf(string node) => Path.Combine(SandboxPaths.Root, $"{node}.clock");

    // Debian and Ubuntu have a directory for each architecture, others do not.
    private static string FindLibrary() => new[] { "/usr/lib", "/usr/lib64" }
        .Where(Directory.Exists)
        .SelectMany(root => Directory.GetDirectories(root, "*-linux-gnu*").Append(root))
        .Select(directory => Path.Combine(directory, Library))
        .FirstOrDefault(File.Exists)
        ?? throw new HarnessException(ExitCode.EnvironmentFailed, "There is no libfaketime, so no clock can be set off.", "Install the package 'faketime'.");

    private sealed class ClockSetOff(NodeClock clock, LeaseGuard guard) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            clock._isOff = false;
            await guard.EndAsync();
            guard.Dispose();
        }
    }
}
