using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Spire.Invariants;

/// <summary>A database node that believes it is the primary acknowledges nothing once another one has been promoted.</summary>
internal sealed class OnePrimaryAcknowledges : IInvariant
{
    /// <inheritdoc/>
    public string Name => "one-primary-acknowledges";

    /// <inheritdoc/>
    public string Statement => "Of two database nodes that believe they are the primary, the old one acknowledges no write.";

    /// <inheritdoc/>
    public IReadOnlyList<string> FedBy => ["two-leaders"];

    /// <inheritdoc/>
    public Finding Judge(RunRecording recording)
    {
        var writes = recording.Facts<OldPrimaryWritten>().Select(fact => fact.Fact).ToArray();
        var acknowledged = writes.Count(write => write.Acknowledged);
        return new Finding
        {
            Kind = FindingKind.Invariant,
            Name = Name,
            Verdict = acknowledged > 0 ? Verdict.Fail : writes.Length > 0 ? Verdict.Pass : Verdict.Inconclusive,
            Samples = writes.Length,
            Statement = $"Of {writes.Length} writes that were tried at an old primary it acknowledged {(acknowledged == 0 ? "none" : acknowledged)}.",
        };
    }
}
