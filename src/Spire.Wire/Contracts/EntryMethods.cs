using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;

namespace Spire.Wire.Contracts;

/// <summary>The server's <c>Entry</c> service: which workload gets which SPIFFE id.</summary>
public static class EntryMethods
{
    private const string Service = "spire.api.server.entry.v1.Entry";

    /// <summary>Tells how many entries there are. For administrators.</summary>
    public static UnaryMethod<CountEntriesRequest, CountEntriesResponse> CountEntries { get; } = new(Service, nameof(CountEntries));

    /// <summary>Lists entries, page by page. For administrators.</summary>
    public static UnaryMethod<ListEntriesRequest, ListEntriesResponse> ListEntries { get; } = new(Service, nameof(ListEntries));

    /// <summary>Returns one entry. For administrators.</summary>
    public static UnaryMethod<GetEntryRequest, Entry> GetEntry { get; } = new(Service, nameof(GetEntry));

    /// <summary>Creates entries; each has its own result. For administrators.</summary>
    public static UnaryMethod<BatchCreateEntryRequest, BatchCreateEntryResponse> BatchCreateEntry { get; } =
        new(Service, nameof(BatchCreateEntry));

    /// <summary>Changes entries; each has its own result. For administrators.</summary>
    public static UnaryMethod<BatchUpdateEntryRequest, BatchUpdateEntryResponse> BatchUpdateEntry { get; } =
        new(Service, nameof(BatchUpdateEntry));

    /// <summary>Deletes entries; each has its own result. For administrators.</summary>
    public static UnaryMethod<BatchDeleteEntryRequest, BatchDeleteEntryResponse> BatchDeleteEntry { get; } =
        new(Service, nameof(BatchDeleteEntry));

    /// <summary>Returns all entries that the agent may have SVIDs for. For agents.</summary>
    public static UnaryMethod<GetAuthorizedEntriesRequest, GetAuthorizedEntriesResponse> GetAuthorizedEntries { get; } =
        new(Service, nameof(GetAuthorizedEntries));

    /// <summary>Returns those of the agent's entries that have changed, in pages. For agents.</summary>
    public static DuplexMethod<SyncAuthorizedEntriesRequest, SyncAuthorizedEntriesResponse> SyncAuthorizedEntries { get; } =
        new(Service, nameof(SyncAuthorizedEntries));
}
