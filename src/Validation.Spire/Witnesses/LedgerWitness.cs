using Validation.Core.Running;
using Validation.Core.Stacks;

namespace Validation.Spire.Witnesses;

/// <summary>Reads all registration entries from the database itself, after everything healed.</summary>
internal sealed class LedgerWitness : IRunWitness
{
    /// <inheritdoc/>
    public string Name => "ledger";

    /// <inheritdoc/>
    public Task WatchAsync(IStack stack, IEventSink events, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task ConcludeAsync(IStack stack, IEventSink events, CancellationToken cancellationToken)
    {
        // Where nobody may see the entries there is no ledger either, and the invariant says that it was not judged.
        if (stack is ISpireStack { ShowsEntries: true } spire)
        {
            events.Record(new EntriesFound(await spire.ReadEntryIdsAsync(cancellationToken)));
        }
    }
}
