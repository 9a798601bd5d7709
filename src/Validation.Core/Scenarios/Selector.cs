using System.Globalization;
using Validation.Core.Stacks;

namespace Validation.Core.Scenarios;

/// <summary>Who is meant: one node by its name, or some of the nodes of a role.</summary>
/// <remarks>Written <c>spire-server-2</c>, <c>spire-server/any</c>, <c>postgres/primary</c>, or just <c>pooler</c> for all of a role.</remarks>
public sealed record Selector
{
    /// <summary>What <see cref="TryParse"/> accepts, for messages.</summary>
    public const string Allowed = "a node such as spire-server-2, or a role with any, all, all-but-one, random-N, primary, replica or of-AGENT, such as spire-server/any or spire-server/of-spire-agent-1";

    private const string RandomPrefix = "random-";
    private const string AgentPrefix = "of-";

    private static readonly Dictionary<string, SelectorChoice> Choices = new()
    {
        ["any"] = SelectorChoice.Any,
        ["all"] = SelectorChoice.All,
        ["all-but-one"] = SelectorChoice.AllButOne,
        ["primary"] = SelectorChoice.Primary,
        ["replica"] = SelectorChoice.Replica,
    };

    /// <summary>The database's primary.</summary>
    public static readonly Selector DatabasePrimary = new($"{Roles.Postgres}/primary", Roles.Postgres, SelectorChoice.Primary);

    /// <summary>A replica of the database.</summary>
    public static readonly Selector DatabaseReplica = new($"{Roles.Postgres}/replica", Roles.Postgres, SelectorChoice.Replica);

    private Selector(string text, string name, SelectorChoice choice, int count = 0) => (Text, Name, Choice, Count) = (text, name, choice, count);

    /// <summary>Gets the words after the slash that are allowed.</summary>
    public static IReadOnlyCollection<string> ChoiceWords => Choices.Keys;

    /// <summary>Gets the selector as it was written.</summary>
    public string Text { get; }

    /// <summary>Gets the node's name when <see cref="Choice"/> is <see cref="SelectorChoice.Node"/>, else the role.</summary>
    public string Name { get; }

    /// <summary>Gets which of the nodes are meant.</summary>
    public SelectorChoice Choice { get; }

    /// <summary>Gets how many nodes are drawn when <see cref="Choice"/> is <see cref="SelectorChoice.Random"/>.</summary>
    public int Count { get; }

    /// <summary>Gets the agent whose server is meant when <see cref="Choice"/> is <see cref="SelectorChoice.OfAgent"/>.</summary>
    public string? Agent { get; private init; }

    /// <summary>Gets what a stack must be able to tell for the selector to be resolved, as one of the capability interfaces.</summary>
    /// <value>Null when the plan can tell.</value>
    public Type? StackMust => Choice switch
    {
        SelectorChoice.Primary or SelectorChoice.Replica => typeof(IDatabaseCluster),
        SelectorChoice.OfAgent => typeof(IAgentConnections),
        _ => null,
    };

    /// <summary>Gets which of the nodes that were drawn is meant.</summary>
    /// <value>Null, the default: all of them.</value>
    public SelectorTurn? Turn { get; init; }

    /// <summary>Reads a selector. Whether the role or node exists is not looked at.</summary>
    /// <param name="text">The text.</param>
    /// <param name="selector">The selector.</param>
    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Selector? selector)
    {
        selector = null;
        var parts = text.Split('/');
        if (parts.Length > 2 || parts.Any(string.IsNullOrWhiteSpace))
        {
            return false;
        }

        if (parts.Length == 1)
        {
            var choice = Roles.All.Contains(text) ? SelectorChoice.All : SelectorChoice.Node;
            selector = new Selector(text, text, choice);
            return true;
        }

        if (Choices.TryGetValue(parts[1], out var chosen))
        {
            selector = new Selector(text, parts[0], chosen);
        }
        else if (parts[1].StartsWith(RandomPrefix, StringComparison.Ordinal)
            && int.TryParse(parts[1].AsSpan(RandomPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
        {
            selector = new Selector(text, parts[0], SelectorChoice.Random, count);
        }
        else if (parts[1].StartsWith(AgentPrefix, StringComparison.Ordinal) && parts[1].Length > AgentPrefix.Length)
        {
            selector = new Selector(text, parts[0], SelectorChoice.OfAgent) { Agent = parts[1][AgentPrefix.Length..] };
        }

        return selector is not null;
    }

    /// <summary>Returns how many nodes are meant in a stack with these nodes.</summary>
    /// <param name="nodes">The names and roles of the stack's nodes.</param>
    public int CountIn(IEnumerable<(string Name, string Role)> nodes) => Choice switch
    {
        SelectorChoice.All => nodes.Count(node => node.Role == Name),
        SelectorChoice.AllButOne => nodes.Count(node => node.Role == Name) - 1,
        SelectorChoice.Random => Count,
        _ => 1,
    };

    /// <summary>Returns what is wrong with this selector for a stack with these nodes, or null when it can be resolved.</summary>
    /// <param name="nodes">The names and roles of the stack's nodes.</param>
    public string? ProblemIn(IReadOnlyCollection<(string Name, string Role)> nodes)
    {
        var roles = nodes.Select(node => node.Role).Distinct().ToArray();
        if (Choice == SelectorChoice.Node)
        {
            var known = nodes.Select(node => node.Name).Concat(roles).ToArray();
            return nodes.Any(node => node.Name == Name)
                ? null
                : $"the stack has no node '{Name}'.{NearestWord.Suggestion(Name, known)} Its nodes are {string.Join(", ", nodes.Select(node => node.Name))}.";
        }

        if (!roles.Contains(Name))
        {
            return $"the stack has no role '{Name}'.{(Roles.All.Contains(Name) ? $" Write 'stack: {{ {Name}: 1 }}'." : NearestWord.Suggestion(Name, roles))} Its roles are {string.Join(", ", roles)}.";
        }

        if (Choice is SelectorChoice.Primary or SelectorChoice.Replica && Name != Roles.Postgres)
        {
            return $"only '{Roles.Postgres}' has a primary and a replica; '{Name}' has none.";
        }

        if (Choice == SelectorChoice.OfAgent)
        {
            return ProblemWithAgent(nodes);
        }

        if (Choice == SelectorChoice.Random && nodes.Count(node => node.Role == Name) is var there && there < Count)
        {
            return $"'{Text}' needs {Count} nodes of role '{Name}'; the stack has {there}.";
        }

        return Choice is SelectorChoice.AllButOne or SelectorChoice.Replica && nodes.Count(node => node.Role == Name) < 2
            ? $"'{Text}' needs at least two nodes of role '{Name}'; the stack has one."
            : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private string? ProblemWithAgent(IReadOnlyCollection<(string Name, string Role)> nodes)
    {
        var agents = nodes.Where(node => node.Role == Roles.SpireAgent).Select(node => node.Name).ToArray();
        return Name != Roles.SpireServer ? $"an agent talks to a '{Roles.SpireServer}'; write '{Roles.SpireServer}/{AgentPrefix}{Agent}'."
            : agents.Contains(Agent) ? null
            : $"the stack has no agent '{Agent}'.{NearestWord.Suggestion(Agent!, agents)} "
                + (agents.Length == 0 ? "It has none." : $"Its agents are {string.Join(", ", agents)}.");
    }
}

/// <summary>One of several nodes that are hit one after the other.</summary>
/// <param name="Fault">The fault for which they are drawn, the same for all of them.</param>
/// <param name="Index">Which of them, from 0 on.</param>
public sealed record SelectorTurn(string Fault, int Index);

/// <summary>Which nodes a selector means.</summary>
public enum SelectorChoice
{
    /// <summary>The node with the given name.</summary>
    Node,

    /// <summary>One node of the role, drawn with the run's seed.</summary>
    Any,

    /// <summary>Every node of the role.</summary>
    All,

    /// <summary>So many nodes of the role, drawn with the run's seed.</summary>
    Random,

    /// <summary>Every node of the role but one; the spared one is drawn with the run's seed.</summary>
    AllButOne,

    /// <summary>The node that is the database's primary when the fault fires.</summary>
    Primary,

    /// <summary>A node that is a replica of the database when the fault fires.</summary>
    Replica,

    /// <summary>The SPIRE server that the given agent is connected to when the fault fires.</summary>
    OfAgent,
}
