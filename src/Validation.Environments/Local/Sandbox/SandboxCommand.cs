using Validation.Environments.Local.Programs;

namespace Validation.Environments.Local.Sandbox;

/// <summary>The command that starts this program again inside new namespaces.</summary>
internal static class SandboxCommand
{
    /// <summary>The environment variable by which the inner process finds its end of the line.</summary>
    public const string LinkVariable = "VALIDATION_SANDBOX_LINK";

    /// <summary>The environment variable that names a detached stack. It is on the command line, for others to find.</summary>
    public const string StackVariable = "VALIDATION_SANDBOX_STACK";

    /// <summary>Gets the file name of the program that runs inside, as it stands on the command line.</summary>
    public static string Program => Path.GetFileName(DotnetHost.OwnCommand()[^1]);

    /// <summary>Returns the command for a sandbox that ends with the calling thread.</summary>
    /// <param name="arguments">The arguments of the inner process.</param>
    public static IReadOnlyList<string> Attached(IReadOnlyList<string> arguments) =>
    [
        // The first of two ties: the kernel kills the sandbox when the thread that started it ends, however it ends.
        ProgramFinder.Require("setpriv"), "--pdeathsig", "KILL",
        .. NewSession(), .. Unshare(), "--", .. DotnetHost.OwnCommand(), .. arguments,
    ];

    /// <summary>Returns the command for a sandbox that can outlive the process that started it.</summary>
    /// <param name="name">The name of the stack.</param>
    /// <param name="arguments">The arguments of the inner process.</param>
    public static IReadOnlyList<string> Detached(string name, IReadOnlyList<string> arguments) =>
    [
        .. NewSession(), .. Unshare(), "--",
        ProgramFinder.Require("env"), $"{StackVariable}={name}", .. DotnetHost.OwnCommand(), .. arguments,
    ];

    /// <summary>Returns the part that makes the namespaces.</summary>
    public static IReadOnlyList<string> Unshare() =>
    [
        ProgramFinder.Require("unshare"),
        .. Environment.IsPrivilegedProcess ? Array.Empty<string>() : ["--user", "--map-root-user"],
        "--pid", "--mount", "--ipc", "--net", "--fork", "--kill-child", "--mount-proc",
    ];

    // A session of its own: the terminal's Ctrl-C then reaches only the outer process, which passes it on once.
    private static string[] NewSession() => [ProgramFinder.Require("setsid")];
}
