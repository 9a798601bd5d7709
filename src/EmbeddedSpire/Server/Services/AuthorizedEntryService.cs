using EmbeddedSpire.Server.Calls;
using EmbeddedSpire.Server.Registration;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Server.Services;

/// <summary>What agents get of the entries: theirs, from the memory of this server.</summary>
internal sealed class AuthorizedEntryService
{
    /// <summary>More entries than this are not sent at once, but announced by their revisions.</summary>
    public const int PageSize = 500;

    private readonly EntryCacheReloader _entries;
    private readonly TimeProvider _time;

    /// <summary>Creates the service.</summary>
    public AuthorizedEntryService(EntryCacheReloader entries, TimeProvider time)
    {
        _entries = entries;
        _time = time;
    }

    /// <summary>Adds its methods.</summary>
    public void Map(GrpcHandlers handlers)
    {
        handlers.Map(EntryMethods.GetAuthorizedEntries, GetAsync);
        handlers.Map(EntryMethods.SyncAuthorizedEntries, SyncAsync);
    }

    private Task<GetAuthorizedEntriesResponse> GetAsync(GetAuthorizedEntriesRequest request, ServerCall call, CancellationToken cancellationToken) =>
        Task.FromResult(new GetAuthorizedEntriesResponse { Entries = { EntriesOf(call).Select(entry => entry.Masked(request.OutputMask)) } });

    private async Task SyncAsync(
        MessageReader<SyncAuthorizedEntriesRequest> requests, MessageWriter<SyncAuthorizedEntriesResponse> responses, ServerCall call, CancellationToken cancellationToken)
    {
        // What an agent syncs is what was there when it began, however long it takes.
        var entries = EntriesOf(call);
        var request = await requests.ReadAsync(cancellationToken) ?? throw new GrpcException(StatusCode.Unknown, "EOF");
        if (request.Ids.Count > 0)
        {
            throw new GrpcException(StatusCode.InvalidArgument, "specifying IDs on initial request is not supported");
        }

        if (request.OutputMask is { RevisionNumber: false })
        {
            throw new GrpcException(StatusCode.InvalidArgument, "revision number cannot be masked");
        }

        if (entries.Count <= PageSize)
        {
            await responses.WriteAsync(
                new SyncAuthorizedEntriesResponse { Entries = { entries.Select(entry => entry.Masked(request.OutputMask)) } }, cancellationToken);
            return;
        }

        await AnnounceAsync(entries, responses, cancellationToken);
        await AnswerAsync(entries, request.OutputMask, requests, responses, call, cancellationToken);
    }

    private static async Task AnnounceAsync(List<CachedEntry> entries, MessageWriter<SyncAuthorizedEntriesResponse> responses, CancellationToken cancellationToken)
    {
        for (var sent = 0; sent < entries.Count; sent += PageSize)
        {
            var page = entries.Skip(sent).Take(PageSize).Select(entry => new EntryRevision
            {
                Id = entry.Id,
                RevisionNumber = entry.Entry.RevisionNumber,
                CreatedAt = entry.Entry.CreatedAt,
            });
            await responses.WriteAsync(
                new SyncAuthorizedEntriesResponse { EntryRevisions = { page }, More = sent + PageSize < entries.Count }, cancellationToken);
        }
    }

    /// <summary>Sends the entries that the agent asks for, request by request, until it asks no more.</summary>
    private async Task AnswerAsync(
        List<CachedEntry> entries,
        EntryMask? mask,
        MessageReader<SyncAuthorizedEntriesRequest> requests,
        MessageWriter<SyncAuthorizedEntriesResponse> responses,
        ServerCall call,
        CancellationToken cancellationToken)
    {
        Dictionary<string, CachedEntry>? byId = null;
        while (await NextAsync(requests, call, cancellationToken) is { } request)
        {
            byId ??= entries.ToDictionary(entry => entry.Id);
            var asked = request.Ids.Order(StringComparer.Ordinal).Select(id => byId.GetValueOrDefault(id)).OfType<CachedEntry>().ToList();
            var sent = 0;
            do
            {
                var page = asked.Skip(sent).Take(PageSize).Select(entry => entry.Masked(mask));
                sent += PageSize;
                await responses.WriteAsync(new SyncAuthorizedEntriesResponse { Entries = { page }, More = sent < asked.Count }, cancellationToken);
            }
            while (sent < asked.Count);
        }
    }

    /// <summary>Reads the next request; null when there is none. An agent that has all it wants cancels the call, and that is no failure.</summary>
    private async Task<SyncAuthorizedEntriesRequest?> NextAsync(
        MessageReader<SyncAuthorizedEntriesRequest> requests, ServerCall call, CancellationToken cancellationToken)
    {
        try
        {
            return await requests.ReadAsync(cancellationToken);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException && !(call.Deadline <= _time.GetUtcNow()))
        {
            return null;
        }
    }

    private List<CachedEntry> EntriesOf(ServerCall call) => _entries.Cache.EntriesOf(Caller.Of(call.Peer).Id!);
}
