using System.Globalization;
using System.Security.Cryptography;
using Validation.Core.Stacks;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.K3s;

/// <summary>Cuts links between Kubernetes nodes: whatever one of them or its pods send, the other one does not get.</summary>
/// <remarks>
/// All nodes are neighbours in one network, so frames carry the hardware address of the node they come from, also those
/// of pods. They are dropped where they arrive, before anything else sees them.
/// </remarks>
internal sealed class NodeNetwork : INetworkControl, IDisposable
{
    private const string Hook = "PREROUTING";

    private readonly IDocker _docker;
    private readonly SemaphoreSlim _probing = new(1);
    private readonly TimeProvider _time;

    /// <summary>Creates it.</summary>
    /// <param name="docker">The program.</param>
    /// <param name="time">The clock.</param>
    public NodeNetwork(IDocker docker, TimeProvider time) => (_docker, _time) = (docker, time);

    /// <summary>Returns the question for a container's hardware address; it can be another one after each start.</summary>
    /// <param name="container">The container.</param>
    public static DockerCommand AskHardwareAddress(string container) =>
        DockerCommand.Read("inspect", "--format={{range .NetworkSettings.Networks}}{{.MacAddress}}{{end}}", container);

    /// <summary>Returns the rule that drops what a node sends.</summary>
    /// <param name="hardwareAddress">The sender's hardware address.</param>
    public static string RuleFor(string hardwareAddress) => $"-m mac --mac-source {hardwareAddress}";

    /// <inheritdoc/>
    public async Task<INetworkCut> CutAsync(IReadOnlyCollection<Link> links, CancellationToken cancellationToken)
    {
        var id = RandomNumberGenerator.GetHexString(8, lowercase: true);
        var cut = new NodeCut(links);
        try
        {
            foreach (var incoming in links.GroupBy(link => link.To))
            {
                var ordered = incoming.ToArray();
                var rules = new List<string>();
                foreach (var link in ordered)
                {
                    rules.Add(RuleFor(await _docker.RequireAsync(AskHardwareAddress(ContainerOf(link.From)), cancellationToken)));
                }

                var command = HeldRules.Command(ContainerOf(incoming.Key), id, Hook, rules);
                cut.Add(ordered, await HeldRules.SetAsync(_docker, command, _time, cancellationToken));
            }

            return cut;
        }
        catch
        {
            await cut.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Echo requests are sent, and the receiver's kernel tells whether it got any: an answer would need the way back too.
    /// One probe at a time, because the kernel counts the requests of all senders together.
    /// </remarks>
    public async Task<bool> ProbeAsync(Link link, CancellationToken cancellationToken)
    {
        await _probing.WaitAsync(cancellationToken);
        try
        {
            var before = await CountEchoRequestsAsync(link.To, cancellationToken);
            await _docker.RunAsync(
                DockerCommand.Read("exec", ContainerOf(link.From), "ping", "-c", "2", "-W", "1", $"{link.To.Address}"), cancellationToken);
            return before is not null && await CountEchoRequestsAsync(link.To, cancellationToken) > before;
        }
        finally
        {
            _probing.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _probing.Dispose();

    /// <summary>Returns the number of echo requests that a kernel has received.</summary>
    /// <param name="snmp">The content of <c>/proc/net/snmp</c>: for each protocol a line of names and a line of numbers.</param>
    internal static long? EchoRequests(string snmp)
    {
        var lines = snmp.Split('\n').Where(line => line.StartsWith("Icmp: ", StringComparison.Ordinal)).Select(line => line.Split(' ')).ToArray();
        var column = lines.Length == 2 ? Array.IndexOf(lines[0], "InEchos") : -1;
        return column >= 0 && long.TryParse(lines[1][column], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    private static string ContainerOf(INode node) => ((KubernetesNode)node).Container;

    private async Task<long?> CountEchoRequestsAsync(INode node, CancellationToken cancellationToken)
    {
        // A node that is down receives nothing.
        var answer = await _docker.RunAsync(K3sCommands.Print(ContainerOf(node), "/proc/net/snmp"), cancellationToken);
        return answer.Succeeded ? EchoRequests(answer.Output) : null;
    }

    private sealed class NodeCut(IReadOnlyCollection<Link> links) : INetworkCut
    {
        private readonly List<(IReadOnlyList<Link> Links, HeldRules Rules)> _held = [];

        public IReadOnlyCollection<Link> Links => links;

        public string? Broken => _held.Select(held => held.Rules.Broken is { } broken ? $"{held.Links[0].To.Name}: {broken}" : null).FirstOrDefault(broken => broken is not null);

        public void Add(IReadOnlyList<Link> incoming, HeldRules rules) => _held.Add((incoming, rules));

        public async Task<IReadOnlyList<DroppedPackets>> ReadCountersAsync(CancellationToken cancellationToken)
        {
            var counters = new List<DroppedPackets>();
            foreach (var (incoming, rules) in _held)
            {
                counters.AddRange(incoming.Zip(await rules.CountAsync(cancellationToken), (link, packets) => new DroppedPackets(link, packets)));
            }

            return counters;
        }

        public async Task HealAsync(CancellationToken cancellationToken) => await DisposeAsync();

        public async ValueTask DisposeAsync()
        {
            foreach (var (_, rules) in _held)
            {
                await rules.DisposeAsync();
            }
        }
    }
}
