using Validation.Core.Scenarios;
using Validation.Core.Stacks;

namespace Validation.Core.Running;

/// <summary>Turns selectors into nodes. What the seed decides is decided the same way in the plan and at fire time.</summary>
public sealed class TargetResolver
{
    private readonly Seed _seed;

    /// <summary>Creates a resolver.</summary>
    /// <param name="seed">The run's seed.</param>
    public TargetResolver(Seed seed) => _seed = seed;

    /// <summary>Returns the number from which every draw of a fault follows, besides those of its targets.</summary>
    /// <param name="fault">The fault's name.</param>
    public int SeedOf(string fault) => _seed.StreamFor($"fault {fault} draws").Next();

    /// <summary>Returns the names of the nodes a selector means, or null when only the running stack can tell.</summary>
    /// <param name="fault">The fault's name.</param>
    /// <param name="parameter">The selector parameter's name.</param>
    /// <param name="selector">The selector.</param>
    /// <param name="nodes">The names and roles of the stack's nodes.</param>
    public IReadOnlyList<string>? FromPlan(
        string fault, string parameter, Selector selector, IEnumerable<(string Name, string Role)> nodes)
    {
        if (selector.Turn is { } turn)
        {
            return FromPlan(turn.Fault, parameter, selector with { Turn = null }, nodes) is { } all ? [all[turn.Index]] : null;
        }

        var ofRole = nodes.Where(node => node.Role == selector.Name).Select(node => node.Name).Order(StringComparer.Ordinal).ToArray();
        return selector.Choice switch
        {
            SelectorChoice.Node => [selector.Name],
            SelectorChoice.All => ofRole,
            SelectorChoice.Any => [Draw(fault, parameter, ofRole)],
            SelectorChoice.Random => Draw(fault, parameter, ofRole, selector.Count),
            SelectorChoice.AllButOne => [.. ofRole.Except([Draw(fault, parameter, ofRole)])],
            _ => null,
        };
    }

    /// <summary>Returns the nodes a selector means right now.</summary>
    /// <param name="fault">The fault's name.</param>
    /// <param name="parameter">The selector parameter's name.</param>
    /// <param name="selector">The selector.</param>
    /// <param name="stack">The running stack.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    /// <exception cref="HarnessException">No node has the role right now, or the agent is connected to none.</exception>
    public async Task<IReadOnlyList<INode>> AtFireTimeAsync(
        string fault, string parameter, Selector selector, IStack stack, CancellationToken cancellationToken)
    {
        var fromPlan = FromPlan(fault, parameter, selector, stack.Nodes.Select(node => (node.Name, node.Role)));
        if (fromPlan is not null)
        {
            return [.. fromPlan.Select(name => stack.Nodes.First(node => node.Name == name))];
        }

        return selector.Choice == SelectorChoice.OfAgent
            ? [await ServerOfAsync(fault, parameter, stack.Nodes.Single(node => node.Name == selector.Agent), (IAgentConnections)stack, cancellationToken)]
            : [await HavingRoleAsync(fault, parameter, selector, (IDatabaseCluster)stack, cancellationToken)];
    }

    private async Task<INode> ServerOfAsync(string fault, string parameter, INode agent, IAgentConnections connections, CancellationToken cancellationToken)
    {
        var servers = await connections.FindServersAsync(agent, cancellationToken);
        return servers.Count > 0
            ? Draw(fault, parameter, servers)
            : throw new HarnessException(
                ExitCode.EnvironmentFailed, $"fault '{fault}': {agent.Name} is connected to no SPIRE server right now; it is {agent.Status.State}.");
    }

    private async Task<INode> HavingRoleAsync(string fault, string parameter, Selector selector, IDatabaseCluster database, CancellationToken cancellationToken)
    {
        var wanted = selector.Choice == SelectorChoice.Primary ? DatabaseRole.Primary : DatabaseRole.Replica;
        var members = await database.GetMembersAsync(cancellationToken);
        var having = members.Where(member => member.Role == wanted).Select(member => member.Node).ToArray();
        return having.Length > 0
            ? Draw(fault, parameter, having)
            : throw new HarnessException(
                ExitCode.EnvironmentFailed,
                $"fault '{fault}': no database node is a {wanted.ToString().ToLowerInvariant()} right now; seen: "
                + string.Join(", ", members.Select(member => $"{member.Node.Name} {member.State}")) + ".");
    }

    private string[] Draw(string fault, string parameter, IEnumerable<string> candidates, int count)
    {
        var random = _seed.StreamFor($"fault {fault} {parameter}");
        var left = candidates.ToList();
        var drawn = new List<string>();
        while (drawn.Count < count)
        {
            var next = random.Next(left.Count);
            drawn.Add(left[next]);
            left.RemoveAt(next);
        }

        return [.. drawn.Order(StringComparer.Ordinal)];
    }

    private T Draw<T>(string fault, string parameter, IReadOnlyList<T> candidates) =>
        candidates[_seed.StreamFor($"fault {fault} {parameter}").Next(candidates.Count)];
}
