namespace Validation.Environments.Local.Sandbox;

/// <summary>Where things lie inside a sandbox. All of it is on a tmpfs that only the sandbox sees.</summary>
internal static class SandboxPaths
{
    /// <summary>The directory for everything that a stack writes, except its logs.</summary>
    public const string Root = "/run/validation";

    /// <summary>The socket through which other commands talk to a detached stack.</summary>
    public const string ControlSocket = Root + "/control.sock";

    /// <summary>The directory for temporary files.</summary>
    public const string Temporary = Root + "/tmp";

    /// <summary>The directory for the logs of a detached stack.</summary>
    public const string Logs = Root + "/logs";

    /// <summary>Where <c>ip netns</c> keeps its names.</summary>
    public const string NetworkNamespaces = "/run/netns";
}
