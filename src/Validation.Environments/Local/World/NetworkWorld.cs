using Validation.Environments.Local.Impairing;
using Validation.Environments.Local.Network;
using Validation.Environments.Local.Programs;

namespace Validation.Environments.Local.World;

/// <summary>Rules, routes and queues of the router and of every node.</summary>
internal static class NetworkWorld
{
    /// <summary>Reads them.</summary>
    /// <param name="nodes">The nodes' namespaces.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="HarnessException">A program that reads them failed.</exception>
    public static async Task<IEnumerable<KeyValuePair<string, string>>> ReadAsync(IEnumerable<NodeNamespace> nodes, CancellationToken cancellationToken)
    {
        var read = await Task.WhenAll(nodes.Select(node => ReadAsync(node.Name, ["nsenter", $"--net={node.Path}", "--"], ["-n", node.Name], cancellationToken))
            .Prepend(ReadAsync("the router", [], [], cancellationToken)));
        return read.SelectMany(one => one);
    }

    private static async Task<KeyValuePair<string, string>[]> ReadAsync(string name, string[] enter, string[] inside, CancellationToken cancellationToken)
    {
        Task<string> Run(params string[] command) => Tool.RunAsync(command, null, cancellationToken);
        return
        [
            new($"rules of {name}", RuleListing.Write(await Run([.. enter, "nft", "-j", "list", "ruleset"]))),
            new($"routes of {name}", Foreign(await Run(["ip", "-4", .. inside, "route", "show", "table", "all"]))),
            new($"routing policy of {name}", Foreign(await Run(["ip", "-4", .. inside, "rule", "show"]))),
            new($"queues of {name}", Foreign(await Run(["tc", .. inside, "qdisc", "show"]))),
        ];
    }

    // The way past the impairer is made when it is first needed, and nothing goes there without a lease.
    private static string Foreign(string listing) =>
        string.Join('\n', listing.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && !Detour.IsPartOf(line)).Order(StringComparer.Ordinal));
}
