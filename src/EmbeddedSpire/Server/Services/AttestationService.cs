using EmbeddedSpire.Server.Authorities;
using EmbeddedSpire.Server.Calls;
using EmbeddedSpire.Server.Storage;
using Google.Protobuf;
using Spire.Wire.Attestation;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Storage;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;
using Logger = EmbeddedSpire.Logging.Logger;

namespace EmbeddedSpire.Server.Services;

/// <summary>Which attestors a server has.</summary>
internal sealed record Attestors
{
    /// <summary>Gets the server's side of <c>x509pop</c>; null when it is not configured.</summary>
    public PopAttestor? Pop { get; init; }

    /// <summary>Gets the server's side of <c>k8s_psat</c>; null when it is not configured.</summary>
    public PsatAttestor? Psat { get; init; }

    /// <summary>Gets whether the agent's own id becomes one of its selectors.</summary>
    public bool AddsSpiffeIdSelector { get; init; }

    /// <summary>Gets whether a token may be gone by the time it is deleted: <see cref="Defect.JoinTokenCheckThenAct"/>.</summary>
    public bool ForgivesUsedTokens { get; init; }
}

/// <summary>How agents come to the server: they show something, answer a challenge perhaps, and get a certificate.</summary>
internal sealed class AttestationService
{
    private readonly TrustDomain _trustDomain;
    private readonly Stores _stores;
    private readonly SvidIssuer _issuer;
    private readonly Attestors _attestors;
    private readonly RateLimits _limits;
    private readonly Logger _log;
    private readonly TimeProvider _time;

    /// <summary>Creates the service.</summary>
    public AttestationService(TrustDomain trustDomain, Stores stores, SvidIssuer issuer, Attestors attestors, RateLimits limits, Logger log, TimeProvider time)
    {
        _trustDomain = trustDomain;
        _stores = stores;
        _issuer = issuer;
        _attestors = attestors;
        _limits = limits;
        _log = log;
        _time = time;
    }

    /// <summary>Adds its method.</summary>
    public void Map(GrpcHandlers handlers) => handlers.Map(AgentMethods.AttestAgent, AttestAsync);

    private async Task AttestAsync(
        MessageReader<AttestAgentRequest> requests, MessageWriter<AttestAgentResponse> responses, ServerCall call, CancellationToken cancellationToken)
    {
        var log = _log.For(call);
        await Limited.WaitAsync(_limits.Attestation, call, 1, "attest agent rate limiting", log, cancellationToken);
        var first = await requests.ReadAsync(cancellationToken) ?? throw Refusal.Call(log, StatusCode.InvalidArgument, "failed to receive request from stream", "EOF");
        var parameters = first.Params;
        if (ProblemOf(parameters) is { } problem)
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "malformed param", problem);
        }

        log = log.With("node_attestor_type", parameters.Data.Type);
        var agent = parameters.Data.Type == JoinTokenAttestation.Type
            ? await AttestByTokenAsync(JoinTokenAttestation.TokenIn(parameters.Data.Payload.Span), log, cancellationToken)
            : await AttestByPluginAsync(parameters.Data, requests, responses, log, cancellationToken);
        var svid = await AdmitAsync(agent, parameters, log.With("agent_id", agent.Id), cancellationToken);
        log.Info("Agent attestation request completed", ("agent_id", agent.Id), ("address", call.Peer.Remote));
        await responses.WriteAsync(
            new AttestAgentResponse { Result = new AttestAgentResponse.Types.Result { Svid = svid.ToApi(agent.Id), Reattestable = agent.CanReattest } }, cancellationToken);
    }

    private static string? ProblemOf(AttestAgentRequest.Types.Params? parameters) => parameters switch
    {
        null => "missing params",
        { Data: null } => "missing attestation data",
        { Params_: null } => "missing X509-SVID parameters",
        { Params_.Csr.IsEmpty: true } => "missing CSR",
        { Data.Type: "" } => "missing attestation data type",
        { Data.Payload.IsEmpty: true } => "missing attestation data payload",
        _ => null,
    };

    /// <summary>Believes a token, which is gone from then on, also when it has ended or something else fails.</summary>
    private async Task<Attested> AttestByTokenAsync(string token, Logger log, CancellationToken cancellationToken)
    {
        long expiry;
        try
        {
            expiry = await _stores.JoinTokens.FetchAsync(token, cancellationToken)
                ?? throw Refusal.Call(log, StatusCode.InvalidArgument, "failed to attest: join token does not exist or has already been used");
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, "failed to fetch join token", error);
        }

        try
        {
            await _stores.JoinTokens.DeleteAsync(token, cancellationToken);
        }
        catch (DatastoreException error) when (_attestors.ForgivesUsedTokens && error.Code == StatusCode.NotFound)
        {
            // Somebody else has used it since it was looked up.
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, "failed to delete join token", error);
        }

        if (DateTimeOffset.FromUnixTimeSeconds(expiry) < _time.GetUtcNow())
        {
            throw Refusal.Call(log, StatusCode.InvalidArgument, "join token expired");
        }

        try
        {
            return new Attested(JoinTokenAttestation.AgentId(_trustDomain, token), [], CanReattest: false);
        }
        catch (FormatException error)
        {
            throw Refusal.Call(log, StatusCode.Internal, "failed to create join token ID", error.Message);
        }
    }

    private async Task<Attested> AttestByPluginAsync(
        Spire.Wire.Contracts.Types.AttestationData data,
        MessageReader<AttestAgentRequest> requests,
        MessageWriter<AttestAgentResponse> responses,
        Logger log,
        CancellationToken cancellationToken)
    {
        Func<Task<Attested>> attest = data.Type switch
        {
            PopAttestation.Type when _attestors.Pop is { } pop => () => AttestByPopAsync(pop, data.Payload, requests, responses, cancellationToken),
            PsatAttestation.Type when _attestors.Psat is { } psat => () => psat.AttestAsync(data.Payload.Memory, cancellationToken),
            var type => throw Refusal.Call(log, StatusCode.FailedPrecondition, "error getting node attestor", $"could not find node attestor type \"{type}\""),
        };
        try
        {
            return await attest();
        }
        catch (GrpcException refusal)
        {
            throw Refusal.Call(log, refusal.Code, refusal.Status.Message);
        }
    }

    private async Task<Attested> AttestByPopAsync(
        PopAttestor pop, ByteString payload, MessageReader<AttestAgentRequest> requests, MessageWriter<AttestAgentResponse> responses, CancellationToken cancellationToken)
    {
        var attestation = await pop.BeginAsync(payload.Memory, cancellationToken);
        await responses.WriteAsync(new AttestAgentResponse { Challenge = attestation.Challenge }, cancellationToken);
        var answer = await requests.ReadAsync(cancellationToken) ?? throw new GrpcException(StatusCode.Internal, "failed to receive challenge from agent: EOF");
        attestation.Verify(answer.ChallengeResponse.Span);
        return new Attested(pop.AgentIdOf(attestation), attestation.Selectors(_trustDomain), CanReattest: true);
    }

    /// <summary>Gives a believed agent its certificate: one query and two transactions.</summary>
    private async Task<NewX509Svid> AdmitAsync(Attested agent, AttestAgentRequest.Types.Params parameters, Logger log, CancellationToken cancellationToken)
    {
        var id = agent.Id.ToString();
        if (agent.Id == _trustDomain.ServerId)
        {
            throw Refusal.Call(log, StatusCode.Internal, "agent ID cannot collide with the server ID");
        }

        var known = await StepAsync(() => _stores.Nodes.FetchAsync(id, cancellationToken), "failed to fetch agent", log);
        if (known is { CertSerialNumber: "" })
        {
            throw Refusal.Call(log, StatusCode.PermissionDenied, "failed to attest: agent is banned");
        }

        var svid = AgentService.Sign(_issuer, agent.Id, parameters.Params_.Csr, log);
        await StepAsync(() => DoneAsync(_stores.NodeSelectors.SetAsync(id, SelectorsOf(agent), cancellationToken)), "failed to update selectors", log);
        if (known is null)
        {
            var node = new AttestedNode
            {
                SpiffeId = id,
                AttestationDataType = parameters.Data.Type,
                CertSerialNumber = svid.SerialNumber,
                CertNotAfter = svid.NotAfter.ToUnixTimeSeconds(),
                CanReattest = agent.CanReattest,
            };
            await StepAsync(() => DoneAsync(_stores.Nodes.CreateAsync(node, cancellationToken)), "failed to create attested agent", log);
        }
        else
        {
            var change = NodeChange.Activate(svid.SerialNumber, svid.NotAfter, agent.CanReattest);
            await StepAsync(() => DoneAsync(_stores.Nodes.UpdateAsync(id, change, cancellationToken)), "failed to update attested agent", log);
        }

        return svid;
    }

    private static async Task<T> StepAsync<T>(Func<Task<T>> step, string problem, Logger log)
    {
        try
        {
            return await step();
        }
        catch (DatastoreException error)
        {
            throw Refusal.Call(log, problem, error);
        }
    }

    private static async Task<bool> DoneAsync(Task task)
    {
        await task;
        return true;
    }

    /// <summary>Returns what is kept of an agent's selectors: each once, sorted.</summary>
    private IReadOnlyCollection<Selector> SelectorsOf(Attested agent)
    {
        var selectors = agent.Selectors.Select(selector => new Selector { Type = selector.Type, Value = selector.Value });
        var all = _attestors.AddsSpiffeIdSelector ? selectors.Append(new Selector { Type = "spiffe_id", Value = agent.Id.ToString() }) : selectors;
        return [.. all.Distinct().OrderBy(selector => selector.Type, StringComparer.Ordinal).ThenBy(selector => selector.Value, StringComparer.Ordinal)];
    }
}
