using System.Net;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Network;

/// <summary>The file that tells the C library and Go's resolver whom to ask for the addresses of names.</summary>
internal static class ResolverFile
{
    private const string Place = "/etc/resolv.conf";

    /// <summary>Has all programs of this sandbox that start from now on ask a name server. Nothing changes outside.</summary>
    /// <param name="server">The name server.</param>
    /// <exception cref="HarnessException">The machine has no such file, so none can be put in its place.</exception>
    public static void PointTo(IPAddress server)
    {
        var content = Content(server);
        var file = File.ResolveLinkTarget(Place, returnFinalTarget: true)?.FullName ?? Place;
        if (SandboxInterior.EndsWithTheSandbox(file))
        {
            // systemd-resolved keeps the file in /run, which is empty in here.
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, content);
            return;
        }

        var own = Path.Combine(SandboxPaths.Root, "resolv.conf");
        File.WriteAllText(own, content);
        Native.MountOver(own, file);
    }

    /// <summary>Returns what is in the file.</summary>
    /// <remarks>Names are asked for once, as they are, and for a second: whoever resolves waits no longer for a server that is silent.</remarks>
    /// <param name="server">The name server.</param>
    internal static string Content(IPAddress server) => $"nameserver {server}\nsearch .\noptions timeout:1 attempts:1\n";
}
