using EmbeddedSpire.Agent.Caching;
using EmbeddedSpire.Logging;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace EmbeddedSpire.Agent.Connection;

/// <summary>
/// One <c>SyncAuthorizedEntries</c> dialogue. Servers tell up to a page of entries outright; of more they first tell the
/// revisions, page by page, and then those entries that the agent asks for.
/// </summary>
internal sealed class EntrySync
{
    private readonly DuplexCall<SyncAuthorizedEntriesRequest, SyncAuthorizedEntriesResponse> _call;
    private readonly IDictionary<string, CachedEntry> _entries;
    private readonly HashSet<string> _unseen;
    private readonly List<string> _wanted = [];
    private readonly Logger _log;
    private int _missing;
    private int _stale;

    private EntrySync(
        DuplexCall<SyncAuthorizedEntriesRequest, SyncAuthorizedEntriesResponse> call, IDictionary<string, CachedEntry> entries, Logger log)
    {
        _call = call;
        _entries = entries;
        _unseen = [.. entries.Keys];
        _log = log;
    }

    /// <summary>Brings entries up to date.</summary>
    /// <param name="channel">The server.</param>
    /// <param name="entries">The entries as they were after the last dialogue; changed. After a failure some may be new and some old.</param>
    /// <param name="options">The time there is.</param>
    /// <param name="log">Told of entries that cannot be used.</param>
    /// <param name="cancellationToken">Gives the dialogue up.</param>
    /// <exception cref="GrpcException">The server refuses, cannot be reached, or says something that makes no sense.</exception>
    public static async Task<EntryStatistics> RunAsync(
        GrpcChannel channel, IDictionary<string, CachedEntry> entries, CallOptions options, Logger log, CancellationToken cancellationToken)
    {
        // Disposing of the call cancels it: when everything is said, SPIRE's agent does not wait for the status either.
        await using var call = channel.Open(EntryMethods.SyncAuthorizedEntries, options, cancellationToken);
        return await new EntrySync(call, entries, log).RunAsync(cancellationToken);
    }

    private async Task<EntryStatistics> RunAsync(CancellationToken cancellationToken)
    {
        await _call.WriteAsync(new SyncAuthorizedEntriesRequest { OutputMask = EntryParts.ForAgents }, cancellationToken);
        var response = await ReadAsync(cancellationToken);
        if (response.EntryRevisions.Count == 0)
        {
            TakeEntries(response);
            return Finish();
        }

        var pageSize = response.EntryRevisions.Count;
        TakeRevisions(response);
        while (response.More)
        {
            response = await ReadAsync(cancellationToken);
            TakeRevisions(response.Entries.Count == 0 ? response : throw Nonsense("unexpected entry in response receiving entry revisions"));
        }

        // Servers look ids up in order; sorted ones spare them work.
        _wanted.Sort(StringComparer.Ordinal);
        foreach (var page in _wanted.Chunk(pageSize))
        {
            await _call.WriteAsync(new SyncAuthorizedEntriesRequest { Ids = { page } }, cancellationToken);
            do
            {
                response = await ReadAsync(cancellationToken);
                TakeEntries(response.EntryRevisions.Count == 0 ? response : throw Nonsense("unexpected entry revisions in response while requesting entries"));
            }
            while (response.More);
        }

        return Finish();
    }

    private static GrpcException Nonsense(string text) => new(StatusCode.Unknown, text);

    private async Task<SyncAuthorizedEntriesResponse> ReadAsync(CancellationToken cancellationToken) =>
        await _call.ReadAsync(cancellationToken) ?? throw Nonsense("EOF");

    private void TakeRevisions(SyncAuthorizedEntriesResponse response)
    {
        foreach (var revision in response.EntryRevisions)
        {
            if (revision.Id.Length == 0 || revision.RevisionNumber < 0)
            {
                _log.Warn(
                    "Received malformed entry revision from SPIRE server; are the server and agent versions compatible?",
                    ("entry_id", revision.Id),
                    ("revision_number", revision.RevisionNumber));
                continue;
            }

            _unseen.Remove(revision.Id);
            if (!_entries.TryGetValue(revision.Id, out var known) || known.IsStale(revision.RevisionNumber, revision.CreatedAt))
            {
                _wanted.Add(revision.Id);
            }
        }
    }

    private void TakeEntries(SyncAuthorizedEntriesResponse response)
    {
        foreach (var entry in response.Entries)
        {
            if (Entries.TryRead(entry, _log) is not { } read)
            {
                continue;
            }

            _unseen.Remove(read.Id);
            if (!_entries.TryGetValue(read.Id, out var known))
            {
                _missing++;
            }
            else if (known.IsStale(read.RevisionNumber, read.CreatedAt))
            {
                _stale++;
            }

            _entries[read.Id] = read;
        }
    }

    private EntryStatistics Finish()
    {
        foreach (var id in _unseen)
        {
            _entries.Remove(id);
        }

        return new EntryStatistics(_entries.Count, _missing, _stale, _unseen.Count);
    }
}

/// <summary>What a dialogue has changed.</summary>
/// <param name="Total">How many entries there are now.</param>
/// <param name="Missing">How many of them were new.</param>
/// <param name="Stale">How many had changed.</param>
/// <param name="Dropped">How many are gone.</param>
internal readonly record struct EntryStatistics(int Total, int Missing, int Stale, int Dropped);
