using System.Collections.Concurrent;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Types;
using Validation.Core;
using Validation.Core.Loads;
using Validation.Core.Scenarios;
using Validation.Core.Stacks;
using Validation.Spire.Access;

namespace Validation.Spire.Drivers;

/// <summary>
/// One operation creates a registration entry, waits until every server shows it to agents, and deletes one that was created some
/// time before. A server that does not show any more what it has shown makes an operation fail.
/// </summary>
public sealed class EntryVisibility : ILoadDriver
{
    /// <summary>The class of operations whose entry was not shown by every server in time.</summary>
    internal const string NotShown = "entry-not-shown";

    private static readonly Parameter<int> Keep = Parameters.Count(
        "keep", "How many entries stand at a time after every server has shown them; older ones are deleted.", 1, 10_000, 50);

    // The virtual agents have to reach the servers' caches first.
    private static readonly TimeSpan FirstLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public DriverKind Kind { get; } = new(
        DriverNames.EntryVisibility,
        "Creates a registration entry over mTLS, asks each server by its own address until all show it to agents, and deletes an older one.",
        [Keep])
    {
        Needs = [SpireAccess.NodeAuthority, SpireAccess.Administrator],
    };

    /// <inheritdoc/>
    public async Task<IPreparedLoad> PrepareAsync(LoadSpec load, LoadSite site, CancellationToken cancellationToken)
    {
        var session = await SpireSession.OpenAsync(site, cancellationToken);
        var administrator = await Administrator.AppointAsync(site.Spire, session.Connector, site.Time, cancellationToken);
        var nodes = await HarnessNodes.RegisterAsync(administrator, session, cancellationToken);
        var watch = await EntryWatch.StartAsync(load.Name, session, site, cancellationToken);
        var prepared = new Prepared(load, site, session, administrator, watch, nodes);
        try
        {
            await prepared.SeeFirstAsync(cancellationToken);
            return prepared;
        }
        catch
        {
            // The watch would go on asking a stack that goes down.
            await prepared.DisposeAsync();
            throw;
        }
    }

    private sealed class Prepared(
        LoadSpec load, LoadSite site, SpireSession session, Administrator administrator, EntryWatch watch, SpiffeId nodes) : IFiredLoad
    {
        private readonly LedgerEntries _entries = new(load.Timeout, site.Events);
        private readonly ConcurrentQueue<string> _standing = new();
        private readonly int _keep = load.Parameters.Get(Keep);

        public async ValueTask<Outcome> RunAsync(Operation operation, CancellationToken cancellationToken)
        {
            try
            {
                var outcome = await SeeAsync(operation, cancellationToken);
                return watch.Sightings.TakeVanished() is { } vanished ? Outcome.Failed(Failures.WrongAnswer, vanished)
                    : outcome.Succeeded && _standing.Count > _keep && _standing.TryDequeue(out var oldest) ? await DeleteAsync(oldest, cancellationToken)
                    : outcome;
            }
            catch (Exception failure) when (Failures.IsOfStack(failure))
            {
                return Failures.Of(failure);
            }
        }

        /// <summary>Waits until every server shows an entry that is not part of the load.</summary>
        public async Task SeeFirstAsync(CancellationToken cancellationToken)
        {
            var first = await administrator.RegisterAsync(NewEntry("first"), cancellationToken);
            var shown = watch.Sightings.Expect(first.Id);
            var since = site.Time.GetTimestamp();
            while (!shown.IsCompleted)
            {
                if (site.Time.GetElapsedTime(since) > FirstLimit)
                {
                    throw new HarnessException(
                        ExitCode.EnvironmentFailed,
                        $"{string.Join(", ", watch.Sightings.NotShowing(first.Id))} did not show a new entry within {Duration.Format(FirstLimit)}.");
                }

                await Task.Delay(LookAgainAfter, site.Time, cancellationToken);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await watch.DisposeAsync();
            administrator.Dispose();
            session.Dispose();
        }

        private async Task<Outcome> SeeAsync(Operation operation, CancellationToken cancellationToken)
        {
            var (outcome, id) = await administrator.Channel.UseAsync(
                channel => _entries.CreateAsync(channel, NewEntry($"{operation.Number}"), cancellationToken));
            if (id is null)
            {
                return outcome;
            }

            try
            {
                await watch.Sightings.Expect(id).WaitAsync(cancellationToken);
                operation.Answered();
                return outcome;
            }
            catch (OperationCanceledException)
            {
                return Outcome.Failed(NotShown, $"{string.Join(", ", watch.Sightings.NotShowing(id))} did not show entry {id}.");
            }
            finally
            {
                _standing.Enqueue(id);
            }
        }

        private Task<Outcome> DeleteAsync(string id, CancellationToken cancellationToken)
        {
            watch.Sightings.Forget(id);
            return administrator.Channel.UseAsync(channel => _entries.DeleteAsync(channel, id, cancellationToken));
        }

        // The seed keeps apart the entries of runs that follow each other on one stack.
        private Entry NewEntry(string name) => new()
        {
            ParentId = nodes.ToApi(),
            SpiffeId = session.IdOf($"visibility/{load.Name}/{site.Seed.Value}-{name}").ToApi(),
            Selectors = { new global::Spire.Wire.Contracts.Types.Selector { Type = "harness", Value = $"visibility-{name}" } },
        };
    }
}
