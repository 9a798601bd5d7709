using System.Net;

namespace Validation.Environments.Local.Supervisor;

/// <summary>What runs on a node and how its health is asked for.</summary>
internal sealed record NodeProgram
{
    private const UnixFileMode ForOwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Gets the node's name.</summary>
    public required string Name { get; init; }

    /// <summary>Gets the node's role.</summary>
    public required string Role { get; init; }

    /// <summary>Gets the node's address.</summary>
    public required IPAddress Address { get; init; }

    /// <summary>Gets the program, with its full path, and its arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Gets the command of the release with which it can be tried, likewise.</summary>
    /// <value>Null, the default: there is none.</value>
    public IReadOnlyList<string>? NextCommand { get; init; }

    /// <summary>Gets the port of the metrics, in which it says which version it is.</summary>
    /// <value>Null, the default: it does not say.</value>
    public int? MetricsPort { get; init; }

    /// <summary>Gets the directory in which it runs and which belongs to it.</summary>
    public required DirectoryInfo Directory { get; init; }

    /// <summary>Gets the files that it reads, by path. They may hold secrets and are for the program alone.</summary>
    /// <value>Defaults to none.</value>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets whether the program refuses to run as root and needs a user of its own.</summary>
    public bool RefusesRoot { get; init; }

    /// <summary>Gets what decides whether the node is ready.</summary>
    public required IProbe Readiness { get; init; }

    /// <summary>Gets what decides whether the node must be restarted although its process runs.</summary>
    /// <value>Null, the default: never.</value>
    public LivenessProbe? Liveness { get; init; }

    /// <summary>Gets how long it may take to get ready when the stack comes up.</summary>
    /// <value>Defaults to 30 s.</value>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Makes the directory, with nothing in it but the files that the program reads.</summary>
    public void WriteFiles()
    {
        // Its contents and not itself: it may be a mount of its own.
        Directory.Create();
        foreach (var file in Directory.EnumerateFiles())
        {
            file.Delete();
        }

        foreach (var directory in Directory.EnumerateDirectories())
        {
            directory.Delete(recursive: true);
        }

        foreach (var (path, content) in Files)
        {
            File.WriteAllText(path, content);
            File.SetUnixFileMode(path, ForOwnerAlone);
        }
    }
}

/// <summary>Restarts a node that no longer does its work, with the words and the meaning of Kubernetes.</summary>
/// <param name="Probe">The question.</param>
/// <param name="InitialDelay">How long after a start the first question is asked.</param>
/// <param name="Period">The time from one question to the next.</param>
/// <param name="FailureThreshold">How many wrong answers in a row lead to a restart.</param>
internal sealed record LivenessProbe(IProbe Probe, TimeSpan InitialDelay, TimeSpan Period, int FailureThreshold)
{
    /// <summary>Gets how long a node may take to end by itself when it is restarted, before it is killed.</summary>
    public static TimeSpan Grace { get; } = TimeSpan.FromSeconds(30);
}
