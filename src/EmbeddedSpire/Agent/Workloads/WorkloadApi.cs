using EmbeddedSpire.Agent.Caching;
using EmbeddedSpire.Agent.Syncing;
using EmbeddedSpire.Agent.Timing;
using EmbeddedSpire.Logging;
using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Workload;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;

namespace EmbeddedSpire.Agent.Workloads;

/// <summary>The SPIFFE Workload API: gives workloads on this node what the cache has for them, with or without a server in reach.</summary>
internal sealed class WorkloadApi
{
    // SPIRE looks that often whether SVIDs that a workload waits for are there, with growing pauses.
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(500);

    private readonly EntryCache _cache;
    private readonly JwtSvids _tokens;
    private readonly WorkloadAttestation _attestation;
    private readonly WorkloadApiSettings _settings;
    private readonly Jitter _jitter;
    private readonly TimeProvider _time;
    private readonly Logger _log;

    /// <summary>Creates the API.</summary>
    /// <param name="cache">What there is for workloads.</param>
    /// <param name="tokens">Their JWT-SVIDs.</param>
    /// <param name="attestation">Finds out who they are.</param>
    /// <param name="settings">What they get.</param>
    /// <param name="jitter">Draws the pauses of those that wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told of callers without an identity.</param>
    public WorkloadApi(
        EntryCache cache,
        JwtSvids tokens,
        WorkloadAttestation attestation,
        WorkloadApiSettings settings,
        Jitter jitter,
        TimeProvider time,
        Logger log)
    {
        _cache = cache;
        _tokens = tokens;
        _attestation = attestation;
        _settings = settings;
        _jitter = jitter;
        _time = time;
        _log = log.For("endpoints");
    }

    /// <summary>Adds the API's methods.</summary>
    /// <param name="handlers">Where to.</param>
    public void MapTo(GrpcHandlers handlers)
    {
        handlers.Map(WorkloadMethods.FetchX509SVID, FetchX509SvidAsync);
        handlers.Map(WorkloadMethods.FetchX509Bundles, FetchX509BundlesAsync);
        handlers.Map(WorkloadMethods.FetchJWTSVID, FetchJwtSvidAsync);
        handlers.Map(WorkloadMethods.FetchJWTBundles, FetchJwtBundlesAsync);
        handlers.Map(WorkloadMethods.ValidateJWTSVID, ValidateJwtSvidAsync);
        handlers.Map(WorkloadMethods.FetchWITSVID, (_, _, _, _) => throw NotImplemented("fetching WIT-SVIDs is not implemented"));
        handlers.Map(WorkloadMethods.FetchWITBundles, (_, _, _, _) => throw NotImplemented("fetching WIT bundles is not implemented"));
    }

    private static GrpcException NotImplemented(string text) => new(StatusCode.Unimplemented, text);

    private static GrpcException Invalid(string text) => new(StatusCode.InvalidArgument, text);

    private async Task FetchX509SvidAsync(
        X509SVIDRequest request, MessageWriter<X509SVIDResponse> responses, ServerCall call, CancellationToken cancellationToken) =>
        await FollowAsync(call, update => WorkloadResponses.Svids(WithDistinctHints(update, call)), false, responses, cancellationToken);

    private async Task FetchX509BundlesAsync(
        X509BundlesRequest request, MessageWriter<X509BundlesResponse> responses, ServerCall call, CancellationToken cancellationToken) =>
        await FollowAsync(call, WorkloadResponses.X509Bundles, _settings.AllowsStrangers, responses, cancellationToken);

    private async Task FetchJwtBundlesAsync(
        JWTBundlesRequest request, MessageWriter<JWTBundlesResponse> responses, ServerCall call, CancellationToken cancellationToken) =>
        await FollowAsync(call, WorkloadResponses.JwtBundles, _settings.AllowsStrangers, responses, cancellationToken);

    private async Task<JWTSVIDResponse> FetchJwtSvidAsync(JWTSVIDRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        if (request.Audience.Count == 0)
        {
            throw Invalid("audience must be specified");
        }

        if (request.SpiffeId.Length > 0 && !SpiffeId.TryParse(request.SpiffeId, out _, out var problem))
        {
            throw Invalid($"invalid requested SPIFFE ID: {problem}");
        }

        var selectors = _attestation.Attest(CallerProcess.Of(call.Peer));
        var response = new JWTSVIDResponse();
        foreach (var entry in Hints.Distinct(_cache.Matching(selectors), entry => entry, LogOf(call)))
        {
            if (request.SpiffeId.Length == 0 || request.SpiffeId == entry.SpiffeId.ToString())
            {
                var token = await FetchTokenAsync(entry, request.Audience, call, cancellationToken);
                response.Svids.Add(new JWTSVID { SpiffeId = entry.SpiffeId.ToString(), Svid = token, Hint = entry.Hint });
            }
        }

        return response.Svids.Count > 0 ? response : throw NoIdentity(call);
    }

    private async Task<string> FetchTokenAsync(CachedEntry entry, IReadOnlyList<string> audience, ServerCall call, CancellationToken cancellationToken)
    {
        try
        {
            return (await _tokens.FetchAsync(entry, audience, cancellationToken)).Token;
        }
        catch (AgentException failure)
        {
            LogOf(call).Error("Could not fetch JWT-SVID", ("spiffe_id", entry.SpiffeId), ("error", failure.Message));
            throw new GrpcException(StatusCode.Unavailable, $"could not fetch JWT-SVID: {failure.Message}", failure);
        }
    }

    private Task<ValidateJWTSVIDResponse> ValidateJwtSvidAsync(ValidateJWTSVIDRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        if (request.Audience.Length == 0)
        {
            throw Invalid("audience must be specified");
        }

        if (request.Svid.Length == 0)
        {
            throw Invalid("svid must be specified");
        }

        var update = _cache.UpdateFor(_attestation.Attest(CallerProcess.Of(call.Peer)));
        if (TokenValidation.Problem(request.Svid, request.Audience, [update.Bundle, .. update.FederatedBundles], _time.GetUtcNow(), out var svid) is { } problem)
        {
            LogOf(call).Warn("Failed to validate JWT", ("audience", request.Audience), ("error", problem));
            throw Invalid(problem);
        }

        return Task.FromResult(new ValidateJWTSVIDResponse
        {
            SpiffeId = svid!.Id.ToString(),
            Claims = Claims.Of(svid, update.Bundle.TrustDomain, _settings.ForeignClaims),
        });
    }

    /// <summary>Writes a response for what there is, and another one for every change, until the caller goes.</summary>
    private async Task FollowAsync<TResponse>(
        ServerCall call,
        Func<WorkloadUpdate, TResponse> respond,
        bool allowsStrangers,
        MessageWriter<TResponse> responses,
        CancellationToken cancellationToken)
        where TResponse : class, IMessage<TResponse>, new()
    {
        var selectors = _attestation.Attest(CallerProcess.Of(call.Peer));
        using var subscription = _cache.Subscribe(selectors);
        try
        {
            await WaitForSvidsAsync(subscription, call, cancellationToken);
            for (TResponse? last = null; ;)
            {
                var update = await subscription.NextAsync(cancellationToken);
                if (update.Identities.Count == 0 && !allowsStrangers)
                {
                    throw NoIdentity(call);
                }

                // Bundles are told when they have changed; SVIDs whenever something has, as SPIRE does.
                var response = respond(update);
                if (last is null || response is X509SVIDResponse || !last.Equals(response))
                {
                    await responses.WriteAsync(response, cancellationToken);
                    last = response;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The caller has what it wanted; SPIRE counts such a call as one that succeeded.
        }
    }

    private async Task WaitForSvidsAsync(Subscription subscription, ServerCall call, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(FirstLook, _jitter);
        while (!_cache.TryBegin(subscription))
        {
            LogOf(call).Info("Waiting for SVID to get cached");
            await Task.Delay(backoff.Next(), _time, cancellationToken);
        }
    }

    private WorkloadUpdate WithDistinctHints(WorkloadUpdate update, ServerCall call) =>
        update with { Identities = Hints.Distinct(update.Identities, identity => identity.Entry, LogOf(call)) };

    private GrpcException NoIdentity(ServerCall call)
    {
        if (!CallerProcess.Of(call.Peer).IsAgent)
        {
            LogOf(call).Error("No identity issued", ("registered", false));
        }

        return new GrpcException(StatusCode.PermissionDenied, "no identity issued");
    }

    private Logger LogOf(ServerCall call) => _log
        .With("method", call.Method.Name).With("service", "WorkloadAPI").With("pid", CallerProcess.Of(call.Peer).Id);
}
