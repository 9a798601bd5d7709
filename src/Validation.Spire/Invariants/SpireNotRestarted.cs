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
            .Select(changes => (Node: changes.Key, Times: changes.Max(change => change.Restarts) - changes.Min(change => change.Restarts), Why: changes.Select(change => change.Reason).FirstOrDefault(reason => reason is not null)))
            .Where(node => node.Times > 0)
            .ToArray();
        return new Finding
        {
            Kind = FindingKind.Invariant,
            Name = Name,
            Verdict = judged.Count == 0 ? Verdict.Inconclusive : restarted.Length == 0 ? Verdict.Pass : Verdict.Fail,
            Samples = judged.Count,
            Statement = restarted.Length == 0
                ? $"None of {judged.Count} SPIRE nodes that no fault has hit was restarted."
                : string.Join(", ", restarted.Select(node => $"{node.Node} was restarted {node.Times} times ({node.Why ?? "no reason was told"})")) + ".",
        };
    }

    private static bool IsSpire(string node) =>
        node.StartsWith(Roles.SpireServer, StringComparison.Ordinal) || node.StartsWith(Roles.SpireAgent, StringComparison.Ordinal);
}
