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
        var nodes = run.Recording.Facts<NodeChanged>().GroupBy(changed => changed.Fact.Node).OrderBy(node => node.Key, StringComparer.Ordinal).ToArray();
        if (nodes.Length == 0)
        {
            page.Add($"""<p class="explain">No node changed its state.</p></section>""");
            return;
        }

        page.Add($"""<div class="scroll"><table><thead><tr><th>Node</th><th class="number">Restarts</th><th>States</th></tr></thead><tbody>""");
        foreach (var node in nodes)
        {
            page.Add($"""<tr><td>{node.Key}</td><td class="number">{node.Max(changed => changed.Fact.Restarts)}</td><td><ol class="states">""");
            foreach (var (at, changed) in node.Take(MostChanges))
            {
                page.Add($"""<li><span class="window">{Wording.Moment(at)}</span> {Word(changed.State)}{(changed.Reason is { } reason ? $": {reason}" : string.Empty)}</li>""");
            }

            page.Add($"</ol>{More(node.Count() - MostChanges)}</td></tr>\n");
        }

        page.Add($"</tbody></table></div></section>\n");
    }

    private static string More(int left) => left > 0 ? $"and {Wording.Number(left)} more, see events.ndjson" : string.Empty;

    private static string Word(NodeState state) => state switch
    {
        NodeState.NotReady => "not ready",
        NodeState.BackOff => "waits for its restart",
        NodeState.Held => "held down",
        _ => state.ToString().ToLowerInvariant(),
    };
}
