using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Spire.Invariants;

/// <summary>A join token lets nobody in after it has let somebody in.</summary>
internal sealed class JoinTokenOnce : IInvariant
{
    /// <inheritdoc/>
    public string Name => "join-token-once";

    /// <inheritdoc/>
    public string Statement => "Of those who attest with one join token, at most one is let in.";

    /// <inheritdoc/>
    public IReadOnlyList<string> FedBy => [DriverNames.JoinTokenRace];

    /// <inheritdoc/>
    public Finding Judge(RunRecording recording)
    {
        var races = recording.Facts<JoinTokenRaced>().Select(fact => fact.Fact).ToArray();
        var broken = races.Count(race => race.Accepted > 1);
        var won = races.Count(race => race.Accepted == 1);

        // Where nobody was ever let in, nobody could have been let in twice.
        return new Finding
        {
            Kind = FindingKind.Invariant,
            Name = Name,
            Verdict = broken > 0 ? Verdict.Fail : won > 0 ? Verdict.Pass : Verdict.Inconclusive,
            Samples = races.Length,
            Statement = broken > 0
                ? $"{broken} of {races.Length} join tokens let in more than one, {races.Max(race => race.Accepted)} at most."
                : $"{won} of {races.Length} join tokens let in exactly one, the others nobody.",
        };
    }
}
