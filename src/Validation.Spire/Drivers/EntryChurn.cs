using System.Collections.Concurrent;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Spire.Wire.Grpc.Client.Lean;
using Validation.Core.Loads;
using Validation.Core.Running;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Spire.Access;

namespace Validation.Spire.Drivers;

/// <summary>
/// One operation creates a registration entry, reads it back, and deletes one that was created some time before. Every
/// acknowledgement goes into the ledger that is held against the database when the run is over.
/// </summary>
public sealed class EntryChurn : ILoadDriver
{
    private static readonly Parameter<int> Keep = Parameters.Count(
        "keep", "How many entries stand at a time; older ones are deleted. Those that stand at the end are looked for in the database.", 1, 1_000_000, 200);

    /// <inheritdoc/>
    public DriverKind Kind { get; } = new(
        DriverNames.EntryChurn,
        "Creates a registration entry over mTLS, reads it back and deletes an older one; every acknowledgement is kept in a ledger.",
        [Keep])
    {
        Needs = [SpireAccess.Administrator],
    };

    /// <inheritdoc/>
    public async Task<IPreparedLoad> PrepareAsync(LoadSpec load, LoadSite site, CancellationToken cancellationToken)
    {
        var session = await SpireSession.OpenAsync(site, cancellationToken);
        var administrator = await Administrator.AppointAsync(site.Spire, session.Connector, site.Time, cancellationToken);
        return new Prepared(load, site, session, administrator);
    }

    private sealed class Prepared(LoadSpec load, LoadSite site, SpireSession session, Administrator administrator) : IFiredLoad
    {
        private readonly LedgerEntries _entries = new(load.Timeout, site.Events);
        private readonly ConcurrentQueue<string> _standing = new();
        private readonly int _keep = load.Parameters.Get(Keep);

        public async ValueTask<Outcome> RunAsync(Operation operation, CancellationToken cancellationToken)
        {
            try
            {
                return await administrator.Channel.UseAsync(channel => ChurnAsync(channel, operation.Number, cancellationToken));
            }
            catch (Exception failure) when (Failures.IsOfStack(failure))
            {
                return Failures.Of(failure);
            }
        }

        public ValueTask DisposeAsync()
        {
            administrator.Dispose();
            session.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task<Outcome> ChurnAsync(UnaryChannel channel, long number, CancellationToken cancellationToken)
        {
            var (outcome, id) = await _entries.CreateAsync(channel, NewEntry(number), cancellationToken);
            if (id is null)
            {
                return outcome;
            }

            try
            {
                outcome = await ReadBackAsync(channel, id, cancellationToken);
            }
            finally
            {
                // Not before: another operation may delete what stands.
                _standing.Enqueue(id);
            }

            return outcome.Succeeded && _standing.Count > _keep && _standing.TryDequeue(out var oldest)
                ? await _entries.DeleteAsync(channel, oldest, cancellationToken)
                : outcome;
        }

        private async Task<Outcome> ReadBackAsync(UnaryChannel channel, string id, CancellationToken cancellationToken)
        {
            try
            {
                var entry = await channel.CallAsync(EntryMethods.GetEntry, new GetEntryRequest { Id = id }, CallOptions.Within(load.Timeout), cancellationToken);
                return entry.Id == id ? Outcome.Success : Outcome.Failed(Failures.WrongAnswer, $"Asked for entry '{id}', got '{entry.Id}'.");
            }
            catch (GrpcException failure) when (failure.Code == StatusCode.NotFound)
            {
                site.Events.Record(new EntryChanged(id, EntryChange.Missing));
                throw;
            }
        }

        // The seed keeps apart the entries of runs that follow each other on one stack: what stands from one is in no other's way.
        private Entry NewEntry(long number) => new()
        {
            ParentId = session.IdOf("nobody").ToApi(),
            SpiffeId = session.IdOf($"churn/{load.Name}/{site.Seed.Value}-{number}").ToApi(),
            Selectors = { new global::Spire.Wire.Contracts.Types.Selector { Type = "harness", Value = $"churn-{number}" } },
        };
    }
}
