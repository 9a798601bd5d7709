using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Core.Stacks;

namespace Validation.Spire.Invariants;

/// <summary>
/// No SPIRE server or agent ends or is restarted because of what it depends on. Nodes that a fault of the scenario hits are left out.
/// </summary>
internal sealed class SpireNotRestarted : IInvariant
{
    /// <inheritdoc/>
    public string Name => "spire-not-restarted";

    /// <inheritdoc/>
    public string Statement => "No SPIRE server or agent is started again that no fault has hit.";

    /// <inheritdoc/>
    /// <value>No driver: scenarios that ask this name it.</value>
    public IReadOnlyList<string> FedBy => [];

    /// <inheritdoc/>
    public Finding Judge(RunRecording recording)
    {
        var hit = recording.Facts<FaultInjecting>().SelectMany(fact => fact.Fact.Targets.Values).SelectMany(names => names).ToHashSet();
        var judged = recording.Plan.Nodes.Where(node => IsSpire(node) && !hit.Contains(node)).ToHashSet();
        var restarted = recording.Facts<NodeChanged>().Select(fact => fact.Fact)
            .Where(change => judged.Contains(change.Node))
            .GroupBy(change => change.Node)
            .Where(changes => changes.Last().Restarts > changes.First().Restarts)
            .Select(Describe)
            .ToArray();
        var unseen = judged.Except(recording.Facts<NodeChanged>().Select(fact => fact.Fact.Node)).Order(StringComparer.Ordinal).ToArray();
        return new Finding
        {
            Kind = FindingKind.Invariant,
            Name = Name,
            Verdict = restarted.Length > 0 ? Verdict.Fail : judged.Count == 0 || unseen.Length > 0 ? Verdict.Inconclusive : Verdict.Pass,
            Samples = judged.Count,
            Statement = restarted.Length > 0 ? string.Join(", ", restarted) + "."
                : unseen.Length > 0 ? $"Nobody saw what became of {string.Join(", ", unseen)}."
                : $"None of {judged.Count} SPIRE nodes that no fault has hit was restarted.",
        };
    }

    private static string Describe(IGrouping<string, NodeChanged> changes)
    {
        var (first, last) = (changes.First(), changes.Last());

        // Why it is restarted is told before it is. Where nobody looked at that moment, as while a cluster's API server was away,
        // what is told of the next restart is the best there is.
        var why = changes.TakeWhile(change => change.Restarts == first.Restarts).Last().Reason
            ?? (changes.Where(change => change.Restarts > first.Restarts).Select(change => change.Reason).FirstOrDefault(reason => reason is not null) is { } later
                ? $"a later one: {later}"
                : "no reason was told");
        return $"{first.Node} was restarted {last.Restarts - first.Restarts} times ({why})";
    }

    private static bool IsSpire(string node) =>
        node.StartsWith(Roles.SpireServer, StringComparison.Ordinal) || node.StartsWith(Roles.SpireAgent, StringComparison.Ordinal);
}
