using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc.Client;
using Spire.Wire.Grpc.Client.Lean;
using Validation.Spire.Access;

namespace Validation.Spire.Agents;

/// <summary>The entries of one agent and the lives of their SVIDs. Only one at a time may sync.</summary>
internal sealed class EntryCache
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, CachedEntry> _entries = [];

    /// <summary>Gets whether any entry has an SVID.</summary>
    public bool HasSvids
    {
        get
        {
            lock (_gate)
            {
                return _entries.Values.Any(entry => entry.Life is not null);
            }
        }
    }

    /// <summary>Asks the server for the entries, in the dialogue that SPIRE's agent has since 1.6: in full when they fit one page, else by what changed.</summary>
    /// <param name="connection">The agent's connection.</param>
    /// <param name="options">What the server is told.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="WrongAnswerException">The server ended the dialogue too early, or an entry is none.</exception>
    public async Task SyncAsync(GrpcConnection connection, CallOptions options, CancellationToken cancellationToken)
    {
        await using var call = connection.Open(EntryMethods.SyncAuthorizedEntries, options);
        await call.WriteAsync(new SyncAuthorizedEntriesRequest { OutputMask = EntryParts.ForAgents }, isLast: false, cancellationToken);
        var page = await NextAsync(call, cancellationToken);
        if (page.EntryRevisions.Count == 0)
        {
            Take(page.Entries);
            Keep([.. page.Entries.Select(entry => entry.Id)]);
            return;
        }

        var pageSize = page.EntryRevisions.Count;
        var revisions = new List<EntryRevision>(page.EntryRevisions);
        while (page.More)
        {
            page = await NextAsync(call, cancellationToken);
            revisions.AddRange(page.EntryRevisions);
        }

        foreach (var ids in revisions.Where(IsNews).Select(revision => revision.Id).Order(StringComparer.Ordinal).Chunk(pageSize))
        {
            await call.WriteAsync(new SyncAuthorizedEntriesRequest { Ids = { ids } }, isLast: false, cancellationToken);
            do
            {
                page = await NextAsync(call, cancellationToken);
                Take(page.Entries);
            }
            while (page.More);
        }

        Keep([.. revisions.Select(revision => revision.Id)]);
    }

    /// <summary>Returns the entries that need an SVID: those without one, and those of whose life half is over.</summary>
    /// <param name="now">The time.</param>
    /// <param name="dice">Draws.</param>
    /// <param name="most">How many to return at most.</param>
    public IReadOnlyList<CachedEntry> Stale(DateTimeOffset now, ref Dice dice, int most = int.MaxValue)
    {
        var stale = new List<CachedEntry>();
        lock (_gate)
        {
            foreach (var entry in _entries.Values)
            {
                if (stale.Count < most && (entry.IsStale || entry.Life is not { } life || AgentRhythm.IsDue(life, now, ref dice)))
                {
                    entry.IsStale = true;
                    stale.Add(entry);
                }
            }
        }

        return stale;
    }

    /// <summary>Wants another SVID for every entry whose SVID is of one of these authorities.</summary>
    /// <param name="authorities">Their subject key identifiers.</param>
    public void Distrust(IReadOnlySet<string> authorities)
    {
        lock (_gate)
        {
            foreach (var entry in _entries.Values.Where(entry => entry.Authority is { } signer && authorities.Contains(signer)))
            {
                entry.IsStale = true;
            }
        }
    }

    private static async Task<SyncAuthorizedEntriesResponse> NextAsync(
        ConnectionCall<SyncAuthorizedEntriesRequest, SyncAuthorizedEntriesResponse> call, CancellationToken cancellationToken) =>
        await call.ReadAsync(cancellationToken) ?? throw new WrongAnswerException("The server ended the sync before it had told all entries.");

    private bool IsNews(EntryRevision revision)
    {
        lock (_gate)
        {
            return !_entries.TryGetValue(revision.Id, out var known) || known.Revision != revision.RevisionNumber || known.CreatedAt != revision.CreatedAt;
        }
    }

    private void Take(IEnumerable<Entry> entries)
    {
        foreach (var entry in entries)
        {
            var id = IdOf(entry);
            lock (_gate)
            {
                if (!_entries.TryGetValue(entry.Id, out var known) || known.Revision != entry.RevisionNumber || known.CreatedAt != entry.CreatedAt)
                {
                    // An entry that changed gets another SVID at once.
                    _entries[entry.Id] = new CachedEntry(entry.Id, id, entry.RevisionNumber, entry.CreatedAt) { Life = known?.Life, Authority = known?.Authority, IsStale = true };
                }
            }
        }
    }

    private static SpiffeId IdOf(Entry entry)
    {
        try
        {
            return SpiffeId.FromApi(entry.SpiffeId);
        }
        catch (FormatException error)
        {
            throw new WrongAnswerException($"The entry '{entry.Id}' has no SPIFFE id: {error.Message}", error);
        }
    }

    private void Keep(HashSet<string> ids)
    {
        lock (_gate)
        {
            foreach (var gone in _entries.Keys.Where(id => !ids.Contains(id)).ToArray())
            {
                _entries.Remove(gone);
            }
        }
    }
}

/// <summary>An entry of an agent.</summary>
/// <param name="id">Its id.</param>
/// <param name="spiffeId">Whom its SVID is for.</param>
/// <param name="revision">How often it was changed.</param>
/// <param name="createdAt">When it was made, in Unix seconds.</param>
internal sealed class CachedEntry(string id, SpiffeId spiffeId, long revision, long createdAt)
{
    public string Id => id;

    public SpiffeId SpiffeId => spiffeId;

    public long Revision => revision;

    public long CreatedAt => createdAt;

    /// <summary>Gets or sets the life of its SVID; null while it has none.</summary>
    public Life? Life { get; set; }

    /// <summary>Gets or sets the subject key identifier of the authority that has signed its SVID; null while it has none.</summary>
    public string? Authority { get; set; }

    /// <summary>Gets or sets whether an SVID is wanted, whatever its life.</summary>
    public bool IsStale { get; set; }
}
