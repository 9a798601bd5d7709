using System.Globalization;
using System.Security.Cryptography;
using EmbeddedSpire.Server.Authorities;
using EmbeddedSpire.Server.Calls;
using EmbeddedSpire.Server.Registration;
using EmbeddedSpire.Server.Storage;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Storage;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;
using Logger = EmbeddedSpire.Logging.Logger;
using ApiAgent = Spire.Wire.Contracts.Types.Agent;

namespace EmbeddedSpire.Server.Services;

/// <summary>How agents are administered, renewed and heard of. How they come to the server is <see cref="AttestationService"/>'s.</summary>
internal sealed class AgentService
{
    private const int MaxVersionLength = 255;

    private readonly TrustDomain _trustDomain;
    private readonly Stores _stores;
    private readonly SvidIssuer _issuer;
    private readonly RateLimits _limits;
    private readonly Logger _log;
    private readonly TimeProvider _time;

    /// <summary>Creates the service.</summary>
    public AgentService(TrustDomain trustDomain, Stores stores, SvidIssuer issuer, RateLimits limits, Logger log, TimeProvider time)
    {
        _trustDomain = trustDomain;
        _stores = stores;
        _issuer = issuer;
        _limits = limits;
        _log = log;
        _time = time;
    }

    /// <summary>Adds its methods.</summary>
    public void Map(GrpcHandlers handlers)
    {
        handlers.Map(AgentMethods.CountAgents, CountAsync);
        handlers.Map(AgentMethods.ListAgents, ListAsync);
        handlers.Map(AgentMethods.GetAgent, GetAsync);
        handlers.Map(AgentMethods.DeleteAgent, DeleteAsync);
        handlers.Map(AgentMethods.BanAgent, BanAsync);
        handlers.Map(AgentMethods.RenewAgent, RenewAsync);
        handlers.Map(AgentMethods.PostStatus, PostStatusAsync);
        handlers.Map(AgentMethods.CreateJoinToken, CreateJoinTokenAsync);
    }

    private async Task<CountAgentsResponse> CountAsync(CountAgentsRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        var filter = request.Filter is { } given
            ? FilterOf(given.ByAttestationType, given.BySelectorMatch, given.ByBanned, given.ByCanReattest, given.ByExpiresBefore, log)
            : new NodeFilter();
        try
        {
            return new CountAgentsResponse { Count = await _stores.Nodes.CountAsync(filter, cancellationToken) };
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, "failed to count agents", error);
        }
    }

    private async Task<ListAgentsResponse> ListAsync(ListAgentsRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        var filter = request.Filter is { } given
            ? FilterOf(given.ByAttestationType, given.BySelectorMatch, given.ByBanned, given.ByCanReattest, given.ByExpiresBefore, log)
            : new NodeFilter();
        try
        {
            var page = Page.Of(request.PageSize, request.PageToken);
            var (nodes, next) = await _stores.Nodes.ListAsync(filter, request.OutputMask?.Selectors ?? true, page, cancellationToken);
            return new ListAgentsResponse
            {
                Agents = { nodes.Select(node => AgentOf(node, request.OutputMask, log)).OfType<ApiAgent>() },
                NextPageToken = next,
            };
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, "failed to list agents", error);
        }
    }

    private async Task<ApiAgent> GetAsync(GetAgentRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        var id = AgentIdOf(request.Id, log);
        try
        {
            var node = await _stores.Nodes.FetchAsync(id.ToString(), cancellationToken) ?? throw Refusal.Call(log, StatusCode.NotFound, "agent not found");
            node.Selectors.Add(await _stores.NodeSelectors.FetchAsync(node.SpiffeId, cancellationToken));
            return AgentOf(node, request.OutputMask, log)!;
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, "failed to fetch agent", error);
        }
    }

    private async Task<Empty> DeleteAsync(DeleteAgentRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        var id = AgentIdOf(request.Id, log);
        await ChangeAsync(() => _stores.Nodes.DeleteAsync(id.ToString(), cancellationToken), "failed to remove agent", log);
        log.Info("Agent deleted", ("spiffe_id", id));
        return new Empty();
    }

    private async Task<Empty> BanAsync(BanAgentRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        var id = AgentIdOf(request.Id, log);
        await ChangeAsync(() => _stores.Nodes.UpdateAsync(id.ToString(), NodeChange.Ban(), cancellationToken), "failed to ban agent", log);
        log.Info("Agent banned", ("spiffe_id", id));
        return new Empty();
    }

    private async Task<RenewAgentResponse> RenewAsync(RenewAgentRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        await Limited.WaitAsync(_limits.X509Signing, call, 1, "renew agent rate limiting", log, cancellationToken);
        var id = Caller.Of(call.Peer).Id!;
        AttestedNode node;
        try
        {
            node = await _stores.Nodes.FetchAsync(id.ToString(), cancellationToken) ?? throw Refusal.Call(log, StatusCode.NotFound, "agent not found");
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, "failed to fetch agent", error);
        }

        if (node.CanReattest)
        {
            throw new GrpcException(new GrpcStatus(StatusCode.PermissionDenied, "agent must reattest instead of renew")
                .WithDetail(new PermissionDeniedDetails { Reason = PermissionDeniedDetails.Types.Reason.AgentMustReattest }));
        }

        log.Info("Renewing agent SVID");
        var csr = request.Params switch
        {
            null => throw Refusal.Call(log, StatusCode.InvalidArgument, "params cannot be nil"),
            { Csr.IsEmpty: true } => throw Refusal.Call(log, StatusCode.InvalidArgument, "missing CSR"),
            _ => request.Params.Csr,
        };
        var svid = Sign(_issuer, id, csr, log);
        await ChangeAsync(() => _stores.Nodes.UpdateAsync(id.ToString(), NodeChange.Renew(svid.SerialNumber, svid.NotAfter), cancellationToken), "failed to update agent", log);
        return new RenewAgentResponse { Svid = svid.ToApi(id) };
    }

    private async Task<PostStatusResponse> PostStatusAsync(PostStatusRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        await Limited.WaitAsync(_limits.PostStatus, call, 1, "post status rate limiting", log, cancellationToken);
        if (request.AgentVersion.Length > MaxVersionLength)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, $"agent version is too long (max {MaxVersionLength} characters)");
        }

        if (request.AgentVersion.Length > 0)
        {
            var id = Caller.Of(call.Peer).Id!.ToString();
            await ChangeAsync(() => _stores.Nodes.UpdateAsync(id, NodeChange.Version(request.AgentVersion), cancellationToken), "failed to update agent", log);
        }

        return new PostStatusResponse();
    }

    private async Task<JoinToken> CreateJoinTokenAsync(CreateJoinTokenRequest request, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        if (request.Ttl < 1)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "ttl is required, you must provide one");
        }

        SpiffeId? alias = null;
        if (request.AgentId is not null && !Ids.TryReadWorkload(request.AgentId, _trustDomain, out alias, out var problem))
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "invalid agent ID", problem);
        }

        var token = request.Token.Length > 0 ? request.Token : Guid.NewGuid().ToString();
        var expiry = (_time.GetUtcNow() + TimeSpan.FromSeconds(request.Ttl)).ToUnixTimeSeconds();
        try
        {
            await _stores.JoinTokens.CreateAsync(token, expiry, cancellationToken);
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, "failed to create token", error);
        }

        if (alias is not null)
        {
            await CreateAliasAsync(token, alias, log, cancellationToken);
        }

        return new JoinToken { Value = token, ExpiresAt = expiry };
    }

    /// <summary>Makes the entry by which an agent with this token is known under another id too. It goes when the agent is deleted.</summary>
    private async Task CreateAliasAsync(string token, SpiffeId alias, Logger log, CancellationToken cancellationToken)
    {
        const string Problem = "failed to create join token registration entry";
        try
        {
            var agent = Spire.Wire.Attestation.JoinTokenAttestation.AgentId(_trustDomain, token).ToString();
            await _stores.Entries.CreateAsync(
                new RegistrationEntry
                {
                    ParentId = agent,
                    SpiffeId = alias.ToString(),
                    Selectors = { new Spire.Wire.Contracts.Storage.Selector { Type = "spiffe_id", Value = agent } },
                },
                cancellationToken);
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, Problem, error);
        }
        catch (FormatException error)
        {
            throw Refusal.Call(log, StatusCode.Internal, Problem, $"failed to create join token ID: {error.Message}");
        }
    }

    /// <summary>Signs the certificate of an agent, of whose request only the key counts.</summary>
    internal static NewX509Svid Sign(SvidIssuer issuer, SpiffeId id, ByteString csr, Logger log)
    {
        SigningRequest request;
        try
        {
            request = SigningRequest.Parse(csr.Memory);
        }
        catch (CryptographicException error)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "failed to parse CSR", error.Message);
        }

        try
        {
            return issuer.IssueAgent(id, request.PublicKey);
        }
        catch (Exception error) when (error is SigningException or CryptographicException)
        {
            throw Refusal.Call(log, StatusCode.Internal, "failed to sign X509 SVID", error.Message);
        }
    }

    private static async Task ChangeAsync(Func<Task> change, string problem, Logger log)
    {
        try
        {
            await change();
        }
        catch (DatastoreException error)
        {
            throw error.Code == StatusCode.NotFound ? Refusal.Call(log, StatusCode.NotFound, "agent not found") : Refusal.Call(log, problem, error);
        }
    }

    private static NodeFilter FilterOf(
        string attestationType, Spire.Wire.Contracts.Types.SelectorMatch? selectors, bool? isBanned, bool? canReattest, string expiresBefore, Logger log)
    {
        try
        {
            return new NodeFilter
            {
                AttestationType = attestationType,
                Selectors = selectors is null ? null : new Storage.SelectorMatch((MatchKind)selectors.Match, EntryConversion.ReadSelectors(selectors.Selectors)),
                IsBanned = isBanned,
                CanReattest = canReattest,
                // As SPIRE does, an instant that cannot be read is ignored.
                ExpiresBefore = DateTimeOffset.TryParseExact(
                    expiresBefore, "yyyy-MM-dd HH:mm:ss zzz zz", CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant) || TryReadGoTime(expiresBefore, out instant)
                    ? instant
                    : null,
            };
        }
        catch (MalformedEntryException error)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "failed to parse selectors", error.Message);
        }
    }

    /// <summary>Reads <c>2026-08-21 10:00:00 +0000 +00</c>: the zone is there twice, the first time without a colon.</summary>
    private static bool TryReadGoTime(string text, out DateTimeOffset instant)
    {
        instant = default;
        var parts = text.Split(' ');
        return parts.Length == 4 && parts[2].Length == 5
            && DateTimeOffset.TryParseExact(
                $"{parts[0]} {parts[1]} {parts[2][..3]}:{parts[2][3..]}", "yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out instant);
    }

    private static ApiAgent? AgentOf(AttestedNode node, AgentMask? mask, Logger log)
    {
        if (!SpiffeId.TryParse(node.SpiffeId, out var id, out var problem))
        {
            log.Warn("Failed to parse agent", ("spiffe_id", node.SpiffeId), ("error", problem));
            return null;
        }

        var agent = new ApiAgent
        {
            Id = id.ToApi(),
            AttestationType = mask?.AttestationType ?? true ? node.AttestationDataType : string.Empty,
            X509SvidSerialNumber = mask?.X509SvidSerialNumber ?? true ? node.CertSerialNumber : string.Empty,
            X509SvidExpiresAt = mask?.X509SvidExpiresAt ?? true ? node.CertNotAfter : 0,
            Banned = (mask?.Banned ?? true) && node.CertSerialNumber.Length == 0,
            CanReattest = (mask?.CanReattest ?? true) && node.CanReattest,
            AgentVersion = mask?.AgentVersion ?? true ? node.AgentVersion : string.Empty,
        };
        if (mask?.Selectors ?? true)
        {
            agent.Selectors.Add(node.Selectors.Select(selector => new Spire.Wire.Contracts.Types.Selector { Type = selector.Type, Value = selector.Value }));
        }

        return agent;
    }

    private SpiffeId AgentIdOf(SPIFFEID? given, Logger log) => Ids.TryReadAgent(given, _trustDomain, out var id, out var problem)
        ? id
        : throw Refusal.Call(log, StatusCode.InvalidArgument, "invalid agent ID", problem);
}
