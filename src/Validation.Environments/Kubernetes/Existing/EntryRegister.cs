using Google.Protobuf.Collections;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Validation.Environments.Cluster.Pods;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>The registration entries of a stack that is there already, seen and tidied up by the administrator over the servers' API.</summary>
internal sealed class EntryRegister
{
    /// <summary>The path below which all SPIFFE ids are the harness' own.</summary>
    public const string OwnPath = "/harness/";

    private const int PageSize = 500;
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(15);

    private readonly ServerDoors _doors;
    private readonly IReadOnlyList<PodNode> _servers;
    private IReadOnlySet<string> _before = new HashSet<string>();

    /// <summary>Creates the register.</summary>
    /// <param name="doors">The ways to the servers.</param>
    /// <param name="servers">The servers; the first that answers is asked.</param>
    public EntryRegister(ServerDoors doors, IReadOnlyList<PodNode> servers) => (_doors, _servers) = (doors, servers);

    /// <summary>Remembers which entries there are before a run, so that none of them is ever deleted.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task RememberAsync(CancellationToken cancellationToken) =>
        _before = (await ListAsync(cancellationToken)).Select(entry => entry.Id).ToHashSet();

    /// <summary>Reads all entries. SPIRE answers from its database, not from the cache for agents.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<IReadOnlyList<Entry>> ListAsync(CancellationToken cancellationToken) => AskAsync(ListAsync, cancellationToken);

    /// <summary>Deletes what a run has registered: entries of the harness' own ids that were not there before.</summary>
    /// <param name="cancellationToken">Ends the deleting.</param>
    /// <returns>How many were deleted.</returns>
    /// <exception cref="HarnessException">Some are still there.</exception>
    public async Task<int> TidyUpAsync(CancellationToken cancellationToken)
    {
        var own = (await ListAsync(cancellationToken))
            .Where(entry => entry.SpiffeId.Path.StartsWith(OwnPath, StringComparison.Ordinal) && !_before.Contains(entry.Id))
            .Select(entry => entry.Id).ToArray();
        var refused = new List<string>();
        foreach (var some in own.Chunk(PageSize))
        {
            refused.AddRange(await AskAsync((channel, token) => DeleteAsync(channel, some, token), cancellationToken));
        }

        return refused.Count == 0 ? own.Length : throw new HarnessException(
            ExitCode.LeftUnclean, $"{refused.Count} registration entries below {OwnPath} could not be deleted: {refused[0]}.", "Delete them with 'spire-server entry delete'.");
    }

    private async Task<T> AskAsync<T>(Func<GrpcChannel, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        var refusals = new List<string>();
        foreach (var server in _servers)
        {
            using var channel = new GrpcChannel(new GrpcChannelOptions { Dial = token => _doors.DialAdminAsync(server, token) });
            try
            {
                return await ask(channel, cancellationToken);
            }
            catch (GrpcException refusal)
            {
                refusals.Add($"{server.Name}: {refusal.Message}");
            }
        }

        throw new HarnessException(ExitCode.EnvironmentFailed, $"The registration entries cannot be read or changed. {string.Join("; ", refusals)}");
    }

    private static async Task<IReadOnlyList<Entry>> ListAsync(GrpcChannel channel, CancellationToken cancellationToken)
    {
        var request = new ListEntriesRequest { PageSize = PageSize, OutputMask = new EntryMask { SpiffeId = true } };
        var found = new List<Entry>();
        do
        {
            var page = await channel.CallAsync(EntryMethods.ListEntries, request, CallOptions.Within(CallLimit), cancellationToken);
            found.AddRange(page.Entries);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return found;
    }

    private static async Task<IReadOnlyList<string>> DeleteAsync(GrpcChannel channel, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var answer = await channel.CallAsync(
            EntryMethods.BatchDeleteEntry, new BatchDeleteEntryRequest { Ids = { ids } }, CallOptions.Within(CallLimit), cancellationToken);
        return [.. Refused(answer.Results)];
    }

    private static IEnumerable<string> Refused(RepeatedField<BatchDeleteEntryResponse.Types.Result> results) =>
        from result in results
        where (StatusCode)result.Status.Code is not (StatusCode.OK or StatusCode.NotFound)
        select $"{result.Id}: {result.Status.Message}";
}
