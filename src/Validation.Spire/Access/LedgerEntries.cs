using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Spire.Wire.Grpc.Client.Lean;
using Validation.Core.Loads;
using Validation.Core.Running;

namespace Validation.Spire.Access;

/// <summary>Creates and deletes registration entries. Every acknowledgement goes into the ledger that is held against the database when the run is over.</summary>
/// <param name="limit">How long a call may take.</param>
/// <param name="events">Where the ledger is.</param>
internal sealed class LedgerEntries(TimeSpan limit, IEventSink events)
{
    /// <summary>Creates an entry.</summary>
    /// <param name="channel">The administrator's.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>How it ended, and the entry's id if it was created.</returns>
    /// <exception cref="WrongAnswerException">The server did not say what it made.</exception>
    public async Task<(Outcome Outcome, string? Id)> CreateAsync(UnaryChannel channel, Entry entry, CancellationToken cancellationToken)
    {
        var request = new BatchCreateEntryRequest { Entries = { entry } };
        var response = await channel.CallAsync(EntryMethods.BatchCreateEntry, request, CallOptions.Within(limit), cancellationToken);
        var result = Batch.OnlyResult(response.Results, result => result.Status);
        if ((StatusCode)result.Status.Code != StatusCode.OK)
        {
            return (Failures.Of(result.Status), null);
        }

        if (result.Entry?.Id is not { Length: > 0 } id)
        {
            throw new WrongAnswerException("The server created an entry and did not say which.");
        }

        events.Record(new EntryChanged(id, EntryChange.Created));
        return (Outcome.Success, id);
    }

    /// <summary>Deletes an entry.</summary>
    /// <param name="channel">The administrator's.</param>
    /// <param name="id">The entry's id.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public async Task<Outcome> DeleteAsync(UnaryChannel channel, string id, CancellationToken cancellationToken)
    {
        // From here on nobody can say whether it exists, until there is an answer.
        events.Record(new EntryChanged(id, EntryChange.Deleting));
        var request = new BatchDeleteEntryRequest { Ids = { id } };
        var response = await channel.CallAsync(EntryMethods.BatchDeleteEntry, request, CallOptions.Within(limit), cancellationToken);
        var status = Batch.OnlyResult(response.Results, result => result.Status).Status;
        switch ((StatusCode)status.Code)
        {
            case StatusCode.OK:
                events.Record(new EntryChanged(id, EntryChange.Deleted));
                return Outcome.Success;
            case StatusCode.NotFound:
                events.Record(new EntryChanged(id, EntryChange.Missing));
                return Failures.Of(status);
            default:
                return Failures.Of(status);
        }
    }
}
