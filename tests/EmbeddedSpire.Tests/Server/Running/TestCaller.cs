using Google.Protobuf;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace EmbeddedSpire.Tests.Server.Running;

/// <summary>Somebody who calls a server, with a limit on every call.</summary>
internal sealed class TestCaller(GrpcChannel channel)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public GrpcChannel Channel => channel;

    public Task<TResponse> CallAsync<TRequest, TResponse>(UnaryMethod<TRequest, TResponse> method, TRequest request, TimeSpan? limit = null)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        channel.CallAsync(method, request, CallOptions.Within(limit ?? Limit), CancellationToken.None);

    public DuplexCall<TRequest, TResponse> Open<TRequest, TResponse>(DuplexMethod<TRequest, TResponse> method, TimeSpan? limit = null)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new() =>
        channel.Open(method, CallOptions.Within(limit ?? Limit), CancellationToken.None);

    /// <summary>Makes a call that must be refused.</summary>
    public async Task<GrpcException> IsRefusedAsync<TRequest, TResponse>(
        UnaryMethod<TRequest, TResponse> method, TRequest request, StatusCode code, TimeSpan? limit = null)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        var call = () => CallAsync(method, request, limit);
        var refusal = (await call.Should().ThrowAsync<GrpcException>()).Which;
        refusal.Code.Should().Be(code, "of {0}", refusal.Message);
        return refusal;
    }

    /// <summary>Creates entries, all of which must be taken, and returns them as the server does.</summary>
    public async Task<IReadOnlyList<Spire.Wire.Contracts.Types.Entry>> CreateEntriesAsync(params Spire.Wire.Contracts.Types.Entry[] entries)
    {
        var response = await CallAsync(EntryMethods.BatchCreateEntry, new BatchCreateEntryRequest { Entries = { entries } });
        response.Results.Should().OnlyContain(result => result.Status.Code == 0);
        return [.. response.Results.Select(result => result.Entry)];
    }

    /// <summary>Waits until the entry cache of the server has what an agent is to see.</summary>
    public Task SeesAsync(params string[] paths) => Eventually.IsTrueAsync(
        async () => (await CallAsync(EntryMethods.GetAuthorizedEntries, new GetAuthorizedEntriesRequest())).Entries
            .Select(entry => entry.SpiffeId.Path).Order(StringComparer.Ordinal).SequenceEqual(paths.Order(StringComparer.Ordinal)),
        $"the agent sees {string.Join(", ", paths)}");
}
