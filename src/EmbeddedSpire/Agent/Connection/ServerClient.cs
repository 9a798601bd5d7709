using EmbeddedSpire.Agent.Caching;
using EmbeddedSpire.Logging;
using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Bundles;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Grpc;
using Bundle = Spire.Wire.Contracts.Types.Bundle;
using X509SVID = Spire.Wire.Contracts.Types.X509SVID;

namespace EmbeddedSpire.Agent.Connection;

/// <summary>
/// What an agent asks its servers, with its own SVID. All calls share one channel; a call that fails drops it. While the
/// SVID is being renewed no call begins.
/// </summary>
internal sealed class ServerClient
{
    /// <summary>The time that a call has, or all calls of a sync together.</summary>
    public static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(30);

    private const int MostBundlesAtOnce = 10;

    private readonly SharedChannel _channel;
    private readonly RotationLock _rotation;
    private readonly TimeProvider _time;
    private readonly Logger _log;

    /// <summary>Creates the client.</summary>
    /// <param name="channel">The servers.</param>
    /// <param name="rotation">Entered by every call.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told of failures.</param>
    public ServerClient(SharedChannel channel, RotationLock rotation, TimeProvider time, Logger log)
    {
        _channel = channel;
        _rotation = rotation;
        _time = time;
        _log = log;
    }

    /// <summary>Gets the time that a token may take when there is an older one to fall back on. Defaults to <see cref="CallLimit"/>.</summary>
    public TimeSpan TokenLimitWithFallback { get; init; } = CallLimit;

    /// <summary>Gets whether only what has changed is asked for. Defaults to true.</summary>
    public bool AsksForChanges { get; init; } = true;

    /// <summary>Drops the channel, so that the next call dials anew, with the SVID of then.</summary>
    public void Release() => _channel.Drop();

    /// <summary>Tells the server this agent's version.</summary>
    /// <exception cref="ServerCallException">The call failed.</exception>
    public async Task PostStatusAsync(string version, CancellationToken cancellationToken)
    {
        using var turn = await _rotation.EnterCallAsync(cancellationToken);
        using var deadline = new Deadline(CallLimit, _time, cancellationToken);
        await CallAsync("failed to post agent status", AgentMethods.PostStatus, new PostStatusRequest { AgentVersion = version }, deadline);
    }

    /// <summary>Brings entries and bundles up to date.</summary>
    /// <param name="state">What was told before; changed.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="ServerCallException">A call failed.</exception>
    public async Task<EntryStatistics> SyncAsync(SyncedState state, CancellationToken cancellationToken)
    {
        using var turn = await _rotation.EnterCallAsync(cancellationToken);
        using var deadline = new Deadline(CallLimit, _time, cancellationToken);
        var statistics = AsksForChanges ? await SyncEntriesAsync(state, deadline) : await FetchEntriesAsync(state, deadline);
        state.Bundles = await FetchBundlesAsync(state, deadline);
        return statistics;
    }

    /// <summary>Has X509-SVIDs signed.</summary>
    /// <param name="requests">PKCS#10 requests in DER, by the ids of their entries.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <returns>The SVIDs by the ids of their entries; those that the server refused, which is logged, are missing.</returns>
    /// <exception cref="ServerCallException">The call failed.</exception>
    public async Task<IReadOnlyDictionary<string, X509SVID>> NewX509SvidsAsync(
        IReadOnlyDictionary<string, byte[]> requests, CancellationToken cancellationToken)
    {
        using var turn = await _rotation.EnterCallAsync(cancellationToken);
        using var deadline = new Deadline(CallLimit, _time, cancellationToken);
        var request = new BatchNewX509SVIDRequest
        {
            Params = { requests.Select(pair => new NewX509SVIDParams { EntryId = pair.Key, Csr = ByteString.CopyFrom(pair.Value) }) },
        };
        var response = await CallAsync("failed to batch new X509 SVID(s)", SvidMethods.BatchNewX509SVID, request, deadline);

        var svids = new Dictionary<string, X509SVID>();
        foreach (var (parameters, result) in request.Params.Zip(response.Results))
        {
            if (result.Status is { Code: not (int)StatusCode.OK } status)
            {
                _log.Warn("Failed to mint X509 SVID", ("entry_id", parameters.EntryId), ("status", status.Code), ("error", status.Message));
            }
            else if (result.Svid is { } svid)
            {
                svids[parameters.EntryId] = svid;
            }
        }

        return svids;
    }

    /// <summary>Has a JWT-SVID signed.</summary>
    /// <param name="entryId">The entry's id.</param>
    /// <param name="audience">Whom it is meant for.</param>
    /// <param name="hasFallback">Whether there is an older one that can still be used.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="AgentException">The call failed, or the server said something that makes no sense.</exception>
    public async Task<CachedToken> NewJwtSvidAsync(
        string entryId, IReadOnlyList<string> audience, bool hasFallback, CancellationToken cancellationToken)
    {
        using var turn = await _rotation.EnterCallAsync(cancellationToken);
        using var deadline = new Deadline(hasFallback ? TokenLimitWithFallback : CallLimit, _time, cancellationToken);
        var request = new NewJWTSVIDRequest { EntryId = entryId, Audience = { audience } };
        var response = await CallAsync("failed to fetch JWT SVID", SvidMethods.NewJWTSVID, request, deadline);
        return response.Svid switch
        {
            null => throw new AgentException("JWTSVID response missing SVID"),
            { IssuedAt: 0 } => throw new AgentException("JWTSVID missing issued at"),
            { ExpiresAt: 0 } => throw new AgentException("JWTSVID missing expires at"),
            var svid when svid.IssuedAt > svid.ExpiresAt => throw new AgentException("JWTSVID issued after it has expired"),
            var svid => new CachedToken(
                svid.Token, DateTimeOffset.FromUnixTimeSeconds(svid.IssuedAt), DateTimeOffset.FromUnixTimeSeconds(svid.ExpiresAt)),
        };
    }

    /// <summary>Has the agent's next SVID signed. The caller has entered the rotation.</summary>
    /// <param name="request">A PKCS#10 request in DER.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    /// <exception cref="AgentException">The call failed, or the server said something that makes no sense.</exception>
    public async Task<X509SVID> RenewAsync(byte[] request, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(CallLimit, _time, cancellationToken);
        var message = new RenewAgentRequest { Params = new AgentX509SVIDParams { Csr = ByteString.CopyFrom(request) } };
        var response = await CallAsync("failed to renew agent", AgentMethods.RenewAgent, message, deadline);
        return response.Svid ?? throw new AgentException("failed to renew agent: the response has no SVID");
    }

    private async Task<EntryStatistics> SyncEntriesAsync(SyncedState state, Deadline deadline)
    {
        using var lease = _channel.Borrow();
        try
        {
            var server = await deadline.PickAsync(lease.Channel);
            return await EntrySync.RunAsync(server, state.Entries, deadline.Options, _log, deadline.Caller);
        }
        catch (GrpcException failure)
        {
            throw Failed(lease, "failed to fetch authorized entries", failure);
        }
    }

    private async Task<EntryStatistics> FetchEntriesAsync(SyncedState state, Deadline deadline)
    {
        var request = new GetAuthorizedEntriesRequest { OutputMask = EntryParts.ForAgents };
        var response = await CallAsync("failed to fetch authorized entries", EntryMethods.GetAuthorizedEntries, request, deadline);
        state.Entries.Clear();
        foreach (var entry in response.Entries.Select(entry => Entries.TryRead(entry, _log)).OfType<CachedEntry>())
        {
            state.Entries[entry.Id] = entry;
        }

        return new EntryStatistics { Total = state.Entries.Count };
    }

    private async Task<IReadOnlyList<TrustBundle>> FetchBundlesAsync(SyncedState state, Deadline deadline)
    {
        using var lease = _channel.Borrow();
        var own = await CallAsync(lease, "failed to fetch bundle", BundleMethods.GetBundle, new GetBundleRequest(), deadline);
        var trustDomains = state.Entries.Values.SelectMany(entry => entry.FederatesWith).Distinct().OrderBy(trustDomain => trustDomain.Name, StringComparer.Ordinal);
        using var places = new SemaphoreSlim(MostBundlesAtOnce);
        var others = await Task.WhenAll(trustDomains.Select(async trustDomain =>
        {
            await places.WaitAsync(deadline.Caller);
            try
            {
                return await FetchFederatedBundleAsync(lease.Channel, trustDomain, deadline);
            }
            finally
            {
                places.Release();
            }
        }));
        return [.. others.Prepend(own).Select(TryRead).OfType<TrustBundle>()];
    }

    private async Task<Bundle?> FetchFederatedBundleAsync(ServerChannel channel, TrustDomain trustDomain, Deadline deadline)
    {
        var log = _log.With("federated_bundle", trustDomain.Id);
        try
        {
            var server = await deadline.PickAsync(channel);
            var request = new GetFederatedBundleRequest { TrustDomain = trustDomain.Name };
            return await server.CallAsync(BundleMethods.GetFederatedBundle, request, deadline.Options, deadline.Caller);
        }
        catch (GrpcException failure) when (failure.Code == StatusCode.NotFound)
        {
            log.Warn("Federated bundle not found", ("error", ServerCallException.Describe(failure)));
            return null;
        }
        catch (GrpcException failure)
        {
            // Unlike after any other failure, SPIRE keeps the channel.
            log.Error("Failed to fetch federated bundle", ("error", ServerCallException.Describe(failure)));
            throw new ServerCallException("failed to fetch federated bundle", failure);
        }
    }

    private TrustBundle? TryRead(Bundle? bundle)
    {
        try
        {
            return bundle is null ? null : TrustBundle.FromApi(bundle);
        }
        catch (FormatException error)
        {
            _log.Warn("Received malformed bundle from SPIRE server; are the server and agent versions compatible?", ("error", error.Message));
            return null;
        }
    }

    private async Task<TResponse> CallAsync<TRequest, TResponse>(
        string attempt, UnaryMethod<TRequest, TResponse> method, TRequest request, Deadline deadline)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        using var lease = _channel.Borrow();
        return await CallAsync(lease, attempt, method, request, deadline);
    }

    private async Task<TResponse> CallAsync<TRequest, TResponse>(
        SharedChannel.Lease lease, string attempt, UnaryMethod<TRequest, TResponse> method, TRequest request, Deadline deadline)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        try
        {
            var server = await deadline.PickAsync(lease.Channel);
            return await server.CallAsync(method, request, deadline.Options, deadline.Caller);
        }
        catch (GrpcException failure)
        {
            throw Failed(lease, attempt, failure);
        }
    }

    private ServerCallException Failed(SharedChannel.Lease lease, string attempt, GrpcException failure)
    {
        if (!lease.Channel.IsStuck)
        {
            lease.Drop();
        }

        _log.Error(char.ToUpperInvariant(attempt[0]) + attempt[1..], ("error", ServerCallException.Describe(failure)));
        return new ServerCallException(attempt, failure);
    }
}
