using Validation.Core;
using Validation.Core.Judging;
using Validation.Core.Recording;
using Validation.Core.Running;

namespace Validation.Spire.Invariants;

/// <summary>No acknowledged registration entry is lost, and no acknowledged deletion is undone.</summary>
internal sealed class AcknowledgedEntriesKept : IInvariant
{
    /// <inheritdoc/>
    public string Name => "acknowledged-entries-kept";

    /// <inheritdoc/>
    public string Statement => "No acknowledged entry is lost, and no acknowledged deletion is undone.";

    /// <inheritdoc/>
    public IReadOnlyList<string> FedBy => [DriverNames.EntryChurn, DriverNames.EntryVisibility];

    /// <inheritdoc/>
    public Finding Judge(RunRecording recording)
    {
        // The last line of an entry in the ledger is what is known of it; that it was missed once is not undone by what comes later.
        var ledger = new Dictionary<string, EntryChange>();
        var reported = new HashSet<string>();
        foreach (var (_, line) in recording.Facts<EntryChanged>())
        {
            ledger[line.Entry] = line.Change;
            if (line.Change == EntryChange.Missing)
            {
                reported.Add(line.Entry);
            }
        }

        var finding = new Finding { Kind = FindingKind.Invariant, Name = Name, Verdict = Verdict.Inconclusive, Statement = string.Empty, Samples = ledger.Count };
        var found = recording.Facts<EntriesFound>().Select(fact => fact.Fact.Entries).LastOrDefault();
        if (ledger.Count == 0 || found is null)
        {
            return finding with
            {
                Statement = ledger.Count == 0 ? "No entry was acknowledged." : "The database was not read after the run, so the ledger cannot be compared.",
            };
        }

        var database = found.ToHashSet();
        var missing = reported.Count;
        var lost = ledger.Count(line => line.Value == EntryChange.Created && !database.Contains(line.Key));
        var undone = ledger.Count(line => line.Value == EntryChange.Deleted && database.Contains(line.Key));
        var kept = ledger.Count(line => line.Value == EntryChange.Created) - lost;
        return missing + lost + undone > 0
            ? finding with
            {
                Verdict = Verdict.Fail,
                Statement = $"{lost} acknowledged entries are not in the database, {missing} were reported missing while the run went on, {undone} acknowledged deletions are undone.",
            }
            : finding with
            {
                Verdict = Verdict.Pass,
                Statement = $"{ledger.Count} entries were acknowledged; {kept} of them stood at the end and all are in the database, and none that was deleted is.",
            };
    }
}
