using EmbeddedSpire.Server.Calls;
using EmbeddedSpire.Server.Registration;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;
using Logger = EmbeddedSpire.Logging.Logger;

namespace EmbeddedSpire.Server.Services;

/// <summary>How entries are administered. What agents get of them is <see cref="AuthorizedEntryService"/>'s.</summary>
internal sealed class EntryService
{
    private readonly TrustDomain _trustDomain;
    private readonly EntryStore _entries;
    private readonly Logger _log;

    /// <summary>Creates the service.</summary>
    public EntryService(TrustDomain trustDomain, EntryStore entries, Logger log)
    {
        _trustDomain = trustDomain;
        _entries = entries;
        _log = log;
    }

    /// <summary>Adds its methods.</summary>
    public void Map(GrpcHandlers handlers)
    {
        handlers.Map(EntryMethods.CountEntries, CountAsync);
        handlers.Map(EntryMethods.ListEntries, ListAsync);
        handlers.Map(EntryMethods.GetEntry, GetAsync);
        handlers.Map(EntryMethods.BatchCreateEntry, CreateAsync);
        handlers.Map(EntryMethods.BatchUpdateEntry, UpdateAsync);
        handlers.Map(EntryMethods.BatchDeleteEntry, DeleteAsync);
    }

    private async Task<CountEntriesResponse> CountAsync(CountEntriesRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        var filter = request.Filter is { } given
            ? FilterOf(given.BySpiffeId, given.ByParentId, given.BySelectors, given.ByFederatesWith, given.ByHint, given.ByDownstream, log)
            : new EntryFilter();
        try
        {
            return new CountEntriesResponse { Count = await _entries.CountAsync(filter, cancellationToken) };
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, "failed to count entries", error);
        }
    }

    private async Task<ListEntriesResponse> ListAsync(ListEntriesRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        var filter = request.Filter is { } given
            ? FilterOf(given.BySpiffeId, given.ByParentId, given.BySelectors, given.ByFederatesWith, given.ByHint, given.ByDownstream, log)
            : new EntryFilter();
        try
        {
            var (entries, next) = await _entries.ListAsync(filter, Page.Of(request.PageSize, request.PageToken), mayBeOld: false, cancellationToken);
            var response = new ListEntriesResponse { NextPageToken = next };
            foreach (var entry in entries)
            {
                try
                {
                    response.Entries.Add(EntryConversion.Masked(EntryConversion.ToApi(entry), request.OutputMask));
                }
                catch (MalformedEntryException error)
                {
                    log.Error($"Failed to convert entry: \"{entry.EntryId}\"", ("error", error.Message));
                }
            }

            return response;
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, "failed to list entries", error);
        }
    }

    private async Task<Entry> GetAsync(GetEntryRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        if (request.Id.Length == 0)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "missing ID");
        }

        try
        {
            var entry = await _entries.FetchAsync(request.Id, cancellationToken) ?? throw Refusal.Call(log, StatusCode.NotFound, "entry not found");
            return EntryConversion.Masked(EntryConversion.ToApi(entry), request.OutputMask);
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, "failed to fetch entry", error);
        }
        catch (MalformedEntryException error)
        {
            throw Refusal.Call(log, StatusCode.Internal, "failed to convert entry", error.Message);
        }
    }

    private async Task<BatchCreateEntryResponse> CreateAsync(BatchCreateEntryRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        var response = new BatchCreateEntryResponse();
        foreach (var entry in request.Entries)
        {
            response.Results.Add(await CreateOneAsync(entry, request.OutputMask, log, cancellationToken));
        }

        return response;
    }

    private async Task<BatchCreateEntryResponse.Types.Result> CreateOneAsync(Entry entry, EntryMask? mask, Logger log, CancellationToken cancellationToken)
    {
        try
        {
            var (stored, isOld) = await _entries.CreateAsync(EntryConversion.FromApi(entry, null, _trustDomain), cancellationToken);
            return new BatchCreateEntryResponse.Types.Result
            {
                Status = isOld ? new Status { Code = (int)StatusCode.AlreadyExists, Message = "similar entry already exists" } : Refusal.Ok,
                Entry = EntryConversion.Masked(EntryConversion.ToApi(stored), mask),
            };
        }
        catch (MalformedEntryException error)
        {
            return new() { Status = Refusal.Item(log, StatusCode.InvalidArgument, "failed to convert entry", error.Message) };
        }
        catch (DatastoreException error)
        {
            return new() { Status = Refusal.Item(log, error.ApiCode, "failed to create entry", error.Message) };
        }
    }

    private async Task<BatchUpdateEntryResponse> UpdateAsync(BatchUpdateEntryRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        var response = new BatchUpdateEntryResponse();
        foreach (var entry in request.Entries)
        {
            response.Results.Add(await UpdateOneAsync(entry, request.InputMask, request.OutputMask, log, cancellationToken));
        }

        return response;
    }

    private async Task<BatchUpdateEntryResponse.Types.Result> UpdateOneAsync(
        Entry entry, EntryMask? inputMask, EntryMask? outputMask, Logger log, CancellationToken cancellationToken)
    {
        try
        {
            var stored = await _entries.UpdateAsync(EntryConversion.FromApi(entry, inputMask, _trustDomain), inputMask, cancellationToken);
            return new BatchUpdateEntryResponse.Types.Result { Status = Refusal.Ok, Entry = EntryConversion.Masked(EntryConversion.ToApi(stored), outputMask) };
        }
        catch (MalformedEntryException error)
        {
            return new() { Status = Refusal.Item(log, StatusCode.InvalidArgument, "failed to convert entry", error.Message) };
        }
        catch (DatastoreException error)
        {
            return new() { Status = Refusal.Item(log, error.ApiCode, "failed to update entry", error.Message) };
        }
    }

    private async Task<BatchDeleteEntryResponse> DeleteAsync(BatchDeleteEntryRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        var response = new BatchDeleteEntryResponse();
        foreach (var id in request.Ids)
        {
            response.Results.Add(new BatchDeleteEntryResponse.Types.Result { Id = id, Status = await DeleteOneAsync(id, log, cancellationToken) });
        }

        return response;
    }

    private async Task<Status> DeleteOneAsync(string id, Logger log, CancellationToken cancellationToken)
    {
        if (id.Length == 0)
        {
            return Refusal.Item(log, StatusCode.InvalidArgument, "missing entry ID");
        }

        try
        {
            await _entries.DeleteAsync(id, cancellationToken);
            return Refusal.Ok;
        }
        catch (DatastoreException error)
        {
            return error.Code == StatusCode.NotFound
                ? Refusal.Item(log, StatusCode.NotFound, "entry not found")
                : Refusal.Item(log, StatusCode.Internal, "failed to delete entry", error.Message);
        }
    }

    private EntryFilter FilterOf(
        SPIFFEID? spiffeId,
        SPIFFEID? parentId,
        Spire.Wire.Contracts.Types.SelectorMatch? selectors,
        FederatesWithMatch? federatesWith,
        string? hint,
        bool? isDownstream,
        Logger log)
    {
        SpiffeId? parent = null, id = null;
        if (parentId is not null && !Ids.TryReadMember(parentId, _trustDomain, out parent, out var problem))
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "malformed parent ID filter", problem);
        }

        if (spiffeId is not null && !Ids.TryReadWorkload(spiffeId, _trustDomain, out id, out problem))
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "malformed SPIFFE ID filter", problem);
        }

        return new EntryFilter
        {
            ParentId = parent?.ToString(),
            SpiffeId = id?.ToString(),
            Selectors = selectors is null ? null : MatchOf(selectors, log),
            FederatesWith = federatesWith is null ? null : MatchOf(federatesWith, log),
            Hint = hint,
            IsDownstream = isDownstream ?? false,
        };
    }

    private static Storage.SelectorMatch MatchOf(Spire.Wire.Contracts.Types.SelectorMatch match, Logger log)
    {
        try
        {
            var selectors = EntryConversion.ReadSelectors(match.Selectors);
            return selectors.Count > 0
                ? new Storage.SelectorMatch((MatchKind)match.Match, selectors)
                : throw new MalformedEntryException("empty selector set");
        }
        catch (MalformedEntryException error)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "malformed selectors filter", error.Message);
        }
    }

    private static FederationMatch MatchOf(FederatesWithMatch match, Logger log)
    {
        try
        {
            var trustDomains = match.TrustDomains.Select(name => EntryConversion.TrustDomainIdOf(name, string.Empty)).ToList();
            return trustDomains.Count > 0
                ? new FederationMatch((MatchKind)match.Match, trustDomains)
                : throw new MalformedEntryException("empty trust domain set");
        }
        catch (MalformedEntryException error)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "malformed federates with filter", error.Message);
        }
    }
}
