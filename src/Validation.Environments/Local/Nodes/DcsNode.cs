using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Local.Nodes;

/// <summary>etcd, in which Patroni keeps the leader lock.</summary>
internal static class DcsNode
{
    /// <summary>Describes the node.</summary>
    /// <param name="place">Where it is.</param>
    public static NodeProgram Describe(NodePlace place)
    {
        var peers = $"http://{place.Address}:{Ports.DcsPeers}";
        return new NodeProgram
        {
            Name = place.Name,
            Role = place.Role,
            Address = place.Address,
            Directory = place.Directory,
            Command =
            [
                ProgramFinder.Require("etcd"),
                "--name", place.Name,
                "--data-dir", place.File("data"),
                "--listen-client-urls", $"http://0.0.0.0:{Ports.Dcs}",
                "--advertise-client-urls", $"http://{place.Address}:{Ports.Dcs}",
                "--listen-peer-urls", peers,
                "--initial-advertise-peer-urls", peers,
                "--initial-cluster", $"{place.Name}={peers}",
                // It elects itself after this time; there is nobody whom a short one could disturb.
                "--heartbeat-interval", "50",
                "--election-timeout", "500",
            ],
            Readiness = new HttpProbe(place.Address, Ports.Dcs, "/health"),
            Liveness = new LivenessProbe(
                new HttpProbe(place.Address, Ports.Dcs, "/health"), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), 3),
        };
    }
}
