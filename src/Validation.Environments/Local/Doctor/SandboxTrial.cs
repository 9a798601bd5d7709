using Validation.Environments.Local.Network;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Doctor;

/// <summary>Makes a sandbox for a moment, in the same way as a real one, and tries in it what a stack will need.</summary>
internal static class SandboxTrial
{
    private const string Entered = "namespaces";

    private static readonly (string Name, string Script, string Remedy)[] Steps =
    [
        ("private /run and /dev/shm", "mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/shm",
            "Containers often forbid mounts; run on the machine itself, or in a container that may mount."),
        ("packet forwarding", "echo 1 > /proc/sys/net/ipv4/ip_forward",
            "/proc must be mounted anew in the sandbox; container runtimes that mask parts of /proc prevent that."),
        ("network namespaces", "mkdir -p /run/netns && ip netns add trial && ip link add trial type veth peer name eth0 netns trial",
            "The kernel needs CONFIG_NET_NS and CONFIG_VETH (module veth)."),
        ("nftables sets with timeout and counter",
            $"printf '%s' '{StarNetwork.Cuts.MakeTable}add element {StarNetwork.Cuts.Table} leased {{ 10.0.0.1 . 10.0.0.2 timeout 1s }}\n' | nft -f -",
            "The kernel needs CONFIG_NF_TABLES with CONFIG_NF_TABLES_INET (module nf_tables)."),
        ("a user of its own for PostgreSQL", "unshare --user --map-user=1 --map-group=1 true",
            "One user namespace inside the other must be allowed: sysctl user.max_user_namespaces."),
    ];

    /// <summary>Makes the trial.</summary>
    /// <param name="cancellationToken">Ends the trial.</param>
    /// <returns>What was possible and what was not; nothing when the programs for it are missing.</returns>
    public static async Task<IReadOnlyList<Prerequisite>> RunAsync(CancellationToken cancellationToken)
    {
        if (new[] { "unshare", "ip", "nft" }.Any(program => ProgramFinder.Find(program) is null))
        {
            return [];
        }

        var script = $"export PATH={string.Join(':', ProgramFinder.Directories)}\necho 'ok {Entered}'\n"
            + string.Concat(Steps.Select(step =>
                $"if message=$( {{ {step.Script}\n}} 2>&1 ); then echo 'ok {step.Name}'; else echo \"no {step.Name}: \"$message; fi\n"));
        var result = await Tool.TryRunAsync([.. SandboxCommand.Unshare(), "--", "sh", "-c", script], null, Tool.DefaultLimit, cancellationToken);
        return Read(result);
    }

    /// <summary>Reads what the trial wrote.</summary>
    /// <param name="result">How it ended.</param>
    internal static IReadOnlyList<Prerequisite> Read(ToolResult result)
    {
        var lines = result.Output.Split('\n');
        if (!lines.Contains($"ok {Entered}"))
        {
            return [new Prerequisite(Entered, PrerequisiteState.Missing, result.Errors.Trim(), NamespaceRemedy.Find())];
        }

        return
        [
            new Prerequisite(
                Entered, PrerequisiteState.Met, Environment.IsPrivilegedProcess ? "as root" : "as an ordinary user, by a user namespace"),
            .. Steps.Select(step => lines.Contains($"ok {step.Name}")
                ? new Prerequisite(step.Name, PrerequisiteState.Met, "tried")
                : new Prerequisite(step.Name, PrerequisiteState.Missing, SaidAbout(step.Name, lines), step.Remedy)),
        ];
    }

    private static string SaidAbout(string step, string[] lines)
    {
        var prefix = $"no {step}: ";
        return Array.Find(lines, line => line.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..] ?? "not tried";
    }
}
