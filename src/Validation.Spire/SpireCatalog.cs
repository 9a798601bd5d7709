using Validation.Core.Judging;
using Validation.Core.Loads;
using Validation.Core.Running;
using Validation.Spire.Drivers;
using Validation.Spire.Invariants;
using Validation.Spire.Witnesses;

namespace Validation.Spire;

/// <summary>Every driver, witness and invariant that the harness knows.</summary>
public static class SpireCatalog
{
    /// <summary>Returns one of each driver.</summary>
    public static IReadOnlyList<ILoadDriver> Drivers() =>
        [new SpireAttest(), new X509SvidFetch(), new X509SvidSign(), new EntryChurn(), new EntryVisibility(), new SpireAgents(), new JoinTokenRace()];

    /// <summary>Returns one of each witness.</summary>
    /// <param name="time">The clock.</param>
    public static IReadOnlyList<IRunWitness> Witnesses(TimeProvider time) => [new BundleWitness(time), new LedgerWitness()];

    /// <summary>Returns one of each invariant.</summary>
    public static IReadOnlyList<IInvariant> Invariants() =>
        [new SvidsVerify(), new SerialsUnique(), new AcknowledgedEntriesKept(), new JoinTokenOnce(), new SpireNotRestarted(), new OnePrimaryAcknowledges()];
}
