using System.Diagnostics;
using System.Globalization;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Supervisor;

/// <summary>Starts a node's program inside the node's network namespace.</summary>
/// <remarks>Every step replaces itself by the next, so the process that is started becomes the program itself.</remarks>
internal static class NodeLauncher
{
    // Output goes from the program to its file, past us: a busy harness must not slow down what it measures.
    private const string ToLog = """exec "$@" </dev/null >>"$0" 2>&1""";

    /// <summary>Starts the program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="node">The node's namespace.</param>
    /// <param name="log">Where its output goes.</param>
    /// <param name="environment">What is added to its environment.</param>
    public static Process Start(NodeProgram program, NodeNamespace node, NodeLog log, IReadOnlyDictionary<string, string> environment) =>
        StartIn(program.Directory, CommandFor(program, node.Path), log, environment);

    /// <summary>Starts a program of the harness itself on a node.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="directory">The directory in which it runs.</param>
    /// <param name="node">The node's namespace.</param>
    /// <param name="log">Where its output goes.</param>
    public static Process Start(IReadOnlyList<string> command, DirectoryInfo directory, NodeNamespace node, NodeLog log) =>
        StartIn(directory, [ProgramFinder.Require("nsenter"), $"--net={node.Path}", "--", .. command], log, new Dictionary<string, string>());

    private static Process StartIn(DirectoryInfo directory, IReadOnlyList<string> command, NodeLog log, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(ProgramFinder.Require("sh"), ["-c", ToLog, log.File.FullName, .. command])
        {
            WorkingDirectory = directory.FullName,
        };
        // A clean environment: what the user's shell holds is neither wanted nor reproducible.
        start.Environment.Clear();
        start.Environment["PATH"] = string.Join(':', ProgramFinder.Directories);
        start.Environment["HOME"] = directory.FullName;
        start.Environment["TMPDIR"] = SandboxPaths.Temporary;
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_NOLOGO"] = "1";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Children.Start(start);
    }

    /// <summary>Returns the command that enters the namespaces and becomes the program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="networkNamespace">The file of the node's network namespace.</param>
    internal static IReadOnlyList<string> CommandFor(NodeProgram program, string networkNamespace) =>
    [
        ProgramFinder.Require("nsenter"), $"--net={networkNamespace}", "--",
        .. program.RefusesRoot ? NotAsRoot(UnprivilegedUser.Find()) : [],
        .. program.Command,
    ];

    private static string[] NotAsRoot(UnprivilegedUser user) =>
    [
        ProgramFinder.Require("unshare"), "--user",
        string.Create(CultureInfo.InvariantCulture, $"--map-user={user.Uid}"),
        string.Create(CultureInfo.InvariantCulture, $"--map-group={user.Gid}"),
        "--",
    ];
}
