using Validation.Core.Running;
using Validation.Core.Stacks;
using Validation.Reporting.Digest;

namespace Validation.Reporting.Html;

/// <summary>How often each node was started again, and the states it went through.</summary>
internal static class NodesSection
{
    // A node that flaps all night must not make the report unreadable; events.ndjson has the rest.
    private const int MostChanges = 40;

    /// <summary>Writes the section.</summary>
    /// <param name="page">The page.</param>
    /// <param name="run">The run.</param>
    public static void Write(HtmlText page, JudgedRun run)
    {
        page.Add($"""<section id="nodes"><h2>Nodes</h2>""").Add($"\n");
        var nodes = run.Recording.Facts<NodeChanged>()
            .GroupBy(changed => changed.Fact.Node)
            .OrderBy(node => node.Key, StringComparer.Ordinal)
            .ToArray();
        if (nodes.Length == 0)
        {
            page.Add($"""<p class="explain">No change of a node's state was recorded.</p></section>""");
            return;
        }

        page.BeginTable("nodes", "Node", "#Restarts", "States");
        foreach (var node in nodes)
        {
            page.Add($"<tr>")
                .Cell(node.Key)
                .NumberCell(Wording.Number(node.Max(changed => changed.Fact.Restarts)))
                .Add($"""<td><ol class="states">""");
            foreach (var (at, changed) in node.Take(MostChanges))
            {
                page.Add($"""<li><span class="window">{Wording.Moment(at)}</span> {Describe(changed)}</li>""");
            }

            page.Add($"</ol>{More(node.Count() - MostChanges)}</td></tr>\n");
        }

        page.EndTable().Add($"</section>\n");
    }

    private static string More(int left) => left > 0 ? $"and {Wording.Number(left)} more, see events.ndjson" : string.Empty;

    private static string Describe(NodeChanged changed) =>
        changed.Reason is null ? Word(changed.State) : $"{Word(changed.State)}: {changed.Reason}";

    private static string Word(NodeState state) => state switch
    {
        NodeState.NotReady => "not ready",
        NodeState.BackOff => "waits for its restart",
        NodeState.Held => "held down",
        _ => state.ToString().ToLowerInvariant(),
    };
}
