using System.Net;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Local.Nodes;

/// <summary>dnsmasq, which knows the names of all nodes and nothing else.</summary>
internal static class DnsNode
{
    private const string Domain = "validation.internal";

    /// <summary>Returns a node's name in DNS.</summary>
    /// <param name="node">The node's name.</param>
    public static string NameOf(string node) => $"{node}.{Domain}";

    /// <summary>Describes the node.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="layout">The stack.</param>
    public static NodeProgram Describe(NodePlace place, StackLayout layout)
    {
        var configuration = place.File("dnsmasq.conf");
        var answering = new TcpProbe(new IPEndPoint(place.Address, Ports.Dns));
        return new NodeProgram
        {
            Name = place.Name,
            Role = place.Role,
            Address = place.Address,
            Directory = place.Directory,
            // As a daemon it would become another user, of which a user namespace has none.
            Command = [ProgramFinder.Require("dnsmasq"), "--no-daemon", $"--conf-file={configuration}"],
            Files = new Dictionary<string, string> { [configuration] = Configuration(layout) },
            Readiness = answering,
            Liveness = new LivenessProbe(answering, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), 3),
        };
    }

    /// <summary>Returns dnsmasq's configuration.</summary>
    /// <remarks>Answers are good for a second, so no cache hides an outage.</remarks>
    /// <param name="layout">The stack.</param>
    internal static string Configuration(StackLayout layout) =>
        $"""
        port={Ports.Dns}
        no-resolv
        no-hosts
        local=/{Domain}/
        local-ttl=1
        {string.Join('\n', layout.Nodes.Select(node => $"host-record={NameOf(node.Name)},{node.Address}"))}

        """;
}
