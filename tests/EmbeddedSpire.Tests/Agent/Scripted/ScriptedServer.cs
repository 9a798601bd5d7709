using System.Collections.Immutable;
using System.Net;
using System.Net.Security;
using Google.Protobuf;
using Spire.Wire.Attestation;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;
using static Spire.Wire.Contracts.Types.PermissionDeniedDetails.Types;
using Status = Spire.Wire.Contracts.Types.Status;

namespace EmbeddedSpire.Tests.Agent.Scripted;

/// <summary>A server that behaves like SPIRE's as far as an agent can tell, and otherwise as the script says.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly ScriptedSpire _spire;
    private readonly int _number;
    private GrpcServer? _server;

    public ScriptedServer(ScriptedSpire spire, int number)
    {
        _spire = spire;
        _number = number;
        Authority = CertificateAuthority.CreateSelfSigned(spire.TrustDomain, Keys.Create(), spire.Clock.GetUtcNow(), TimeSpan.FromHours(24));
        Signer = new JwtSigner(JwtSigner.DrawKeyId(), Keys.Create());
    }

    public CertificateAuthority Authority { get; set; }

    public JwtSigner Signer { get; }

    public IPEndPoint Address { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Gets the ids of entries that this server has not read from the database yet.</summary>
    public ImmutableHashSet<string> NotYetSeen { get; set; } = [];

    private ManualClock Clock => _spire.Clock;

    private IEnumerable<Entry> Entries => _spire.Entries.Values.Where(entry => !NotYetSeen.Contains(entry.Id));

    public async Task StartAsync(string address, int port)
    {
        _server = await GrpcServer.StartAsync(
            new GrpcServerOptions
            {
                Listen = new IPEndPoint(IPAddress.Parse(address), port),
                Handlers = Handlers(),
                Interceptors = [SeeAsync],
                Tls = Tls,
                Time = Clock,
            },
            CancellationToken.None);
        Address = (IPEndPoint)_server.Address;
    }

    /// <summary>Stops at once, as a process that was killed.</summary>
    public async Task StopAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.DisposeAsync();
        }
    }

    /// <summary>Starts again at the same address.</summary>
    public Task RestartAsync() => StartAsync(Address.Address.ToString(), Address.Port);

    public async ValueTask DisposeAsync() => await StopAsync();

    private static GrpcException Denied(string method, Reason reason) => new(
        new GrpcStatus(StatusCode.PermissionDenied, $"authorization denied for method {method}")
            .WithDetail(new PermissionDeniedDetails { Reason = reason }));

    private SslServerAuthenticationOptions Tls()
    {
        _spire.Connects();
        return SvidTls.ForServer(OwnSvid(), new SvidVerifier(_spire.Bundle), _ => true, Clock);
    }

    private X509Svid OwnSvid()
    {
        using var key = Keys.Create();
        var chain = Authority.IssueSvid(key.ExportSubjectPublicKeyInfo(), _spire.TrustDomain.ServerId, [], Clock.GetUtcNow(), TimeSpan.FromHours(1));
        return new X509Svid(chain, key);
    }

    private GrpcHandlers Handlers()
    {
        var handlers = new GrpcHandlers();
        handlers.Map(AgentMethods.AttestAgent, AttestAsync);
        handlers.Map(AgentMethods.RenewAgent, (request, call, _) => Answer(request, call, Renew));
        handlers.Map(AgentMethods.PostStatus, (request, call, _) => Answer(request, call, (_, _) => new PostStatusResponse()));
        handlers.Map(BundleMethods.GetBundle, (request, call, _) => Answer(request, call, (_, _) => _spire.Bundle.ToApi()));
        handlers.Map(BundleMethods.GetFederatedBundle, (request, call, _) => Answer(request, call, (request, _) =>
            _spire.Federated.TryGetValue(request.TrustDomain, out var bundle)
                ? bundle.ToApi()
                : throw new GrpcException(StatusCode.NotFound, "bundle not found")));
        handlers.Map(EntryMethods.SyncAuthorizedEntries, SyncAsync);
        handlers.Map(EntryMethods.GetAuthorizedEntries, (request, call, _) => Answer(request, call, (_, _) => new GetAuthorizedEntriesResponse { Entries = { Entries } }));
        handlers.Map(SvidMethods.BatchNewX509SVID, (request, call, _) => Answer(request, call, Sign));
        handlers.Map(SvidMethods.NewJWTSVID, (request, call, _) => Answer(request, call, SignToken));
        return handlers;
    }

    private static Task<TResponse> Answer<TRequest, TResponse>(TRequest request, ServerCall call, Func<TRequest, ServerCall, TResponse> answer)
        where TRequest : IMessage
    {
        call.Noted<SeenCall>()!.Requests.Add(request);
        return Task.FromResult(answer(request, call));
    }

    private async Task<GrpcStatus> SeeAsync(ServerCall call, GrpcCallHandler next, CancellationToken cancellationToken)
    {
        _spire.Works(1);
        try
        {
            return await AnswerAsync(call, next, cancellationToken);
        }
        finally
        {
            _spire.Works(-1);
        }
    }

    private async Task<GrpcStatus> AnswerAsync(ServerCall call, GrpcCallHandler next, CancellationToken cancellationToken)
    {
        var seen = new SeenCall
        {
            Name = call.Method.Name,
            At = Clock.GetUtcNow(),
            Deadline = call.Deadline - Clock.GetUtcNow(),
            Server = _number,
            Connection = call.Peer.ConnectionId,
            Serial = call.Peer.Certificate is { } certificate ? DecodedCertificate.Decode(certificate.RawDataMemory).SerialNumber : null,
            MetadataKeys = [.. call.RequestMetadata.Select(pair => pair.Key).Order()],
        };
        _spire.Saw(seen);
        call.Note(seen);
        if (_spire.Refuse(seen) is { } refusal)
        {
            throw refusal;
        }

        await HoldAsync(seen, cancellationToken);
        if (call.Method != AgentMethods.AttestAgent && call.Method != BundleMethods.GetBundle)
        {
            Authorize(call);
        }

        return await next(call, cancellationToken);
    }

    private async Task HoldAsync(SeenCall call, CancellationToken cancellationToken)
    {
        _spire.Works(-1);
        try
        {
            await _spire.Hold(call, cancellationToken);
        }
        finally
        {
            _spire.Works(1);
        }
    }

    private string Authorize(ServerCall call)
    {
        if (call.Peer.Certificate is not { } certificate)
        {
            throw new GrpcException(StatusCode.PermissionDenied, $"authorization denied for method {call.Method}");
        }

        var decoded = DecodedCertificate.Decode(certificate.RawDataMemory);
        if (!_spire.Agents.TryGetValue(decoded.Uris[0], out var agent))
        {
            throw Denied(call.Method.Path, Reason.AgentNotAttested);
        }

        if (agent.Serial.Length == 0)
        {
            throw Denied(call.Method.Path, Reason.AgentBanned);
        }

        if (decoded.SerialNumber == agent.NewSerial)
        {
            (agent.Serial, agent.NewSerial) = (agent.NewSerial, string.Empty);
        }

        return decoded.SerialNumber == agent.Serial ? decoded.Uris[0] : throw Denied(call.Method.Path, Reason.AgentNotActive);
    }

    private async Task AttestAsync(
        MessageReader<AttestAgentRequest> requests, MessageWriter<AttestAgentResponse> responses, ServerCall call, CancellationToken cancellationToken)
    {
        var seen = call.Noted<SeenCall>()!;
        var first = (await requests.ReadAsync(cancellationToken))!;
        seen.Requests.Add(first);
        SpiffeId id;
        if (first.Params.Data.Type == JoinTokenAttestation.Type)
        {
            var token = JoinTokenAttestation.TokenIn(first.Params.Data.Payload.Span);
            id = _spire.Tokens.TryRemove(token, out _)
                ? JoinTokenAttestation.AgentId(_spire.TrustDomain, token)
                : throw new GrpcException(StatusCode.InvalidArgument, "failed to attest: join token does not exist or has already been used");
        }
        else
        {
            var attestation = _spire.Pop!.Begin(first.Params.Data.Payload.Span);
            await responses.WriteAsync(new AttestAgentResponse { Challenge = attestation.Challenge }, cancellationToken);
            var second = (await requests.ReadAsync(cancellationToken))!;
            seen.Requests.Add(second);
            attestation.Verify(second.ChallengeResponse.Span);
            id = attestation.AgentId(_spire.TrustDomain);
        }

        if (_spire.Agents.TryGetValue(id.ToString(), out var known) && known.Serial.Length == 0)
        {
            throw new GrpcException(StatusCode.PermissionDenied, "failed to attest: agent is banned");
        }

        var svid = Issue(SigningRequest.Parse(first.Params.Params_.Csr.Memory), id, _spire.AgentLife);
        var isPop = first.Params.Data.Type == PopAttestation.Type;
        _spire.Agents[id.ToString()] = new ScriptedAgent { Serial = SerialOf(svid), CanReattest = isPop };
        await responses.WriteAsync(
            new AttestAgentResponse { Result = new AttestAgentResponse.Types.Result { Svid = svid, Reattestable = isPop } }, cancellationToken);
    }

    private RenewAgentResponse Renew(RenewAgentRequest request, ServerCall call)
    {
        var id = Authorize(call);
        if (_spire.Agents[id].CanReattest)
        {
            throw Denied(call.Method.Path, Reason.AgentMustReattest);
        }

        var svid = Issue(SigningRequest.Parse(request.Params.Csr.Memory), SpiffeId.Parse(id), _spire.AgentLife);
        _spire.Agents[id].NewSerial = SerialOf(svid);
        return new RenewAgentResponse { Svid = svid };
    }

    private async Task SyncAsync(
        MessageReader<SyncAuthorizedEntriesRequest> requests,
        MessageWriter<SyncAuthorizedEntriesResponse> responses,
        ServerCall call,
        CancellationToken cancellationToken)
    {
        var seen = call.Noted<SeenCall>()!;
        var entries = Entries.ToDictionary(entry => entry.Id);
        seen.Requests.Add((await requests.ReadAsync(cancellationToken))!);
        if (entries.Count <= ScriptedSpire.PageSize)
        {
            await responses.WriteAsync(new SyncAuthorizedEntriesResponse { Entries = { entries.Values } }, cancellationToken);
            return;
        }

        var pages = entries.Values.Chunk(ScriptedSpire.PageSize).ToList();
        for (var i = 0; i < pages.Count; i++)
        {
            var revisions = pages[i].Select(entry => new EntryRevision { Id = entry.Id, RevisionNumber = entry.RevisionNumber, CreatedAt = entry.CreatedAt });
            await responses.WriteAsync(new SyncAuthorizedEntriesResponse { EntryRevisions = { revisions }, More = i < pages.Count - 1 }, cancellationToken);
        }

        await foreach (var request in requests.ReadAllAsync(cancellationToken))
        {
            seen.Requests.Add(request);
            await responses.WriteAsync(
                new SyncAuthorizedEntriesResponse { Entries = { request.Ids.Where(entries.ContainsKey).Select(id => entries[id]) } }, cancellationToken);
        }
    }

    private BatchNewX509SVIDResponse Sign(BatchNewX509SVIDRequest request, ServerCall call)
    {
        if (request.Params.Count > 500)
        {
            throw new GrpcException(StatusCode.ResourceExhausted, $"rejecting request due to certificate signing rate limiting: rate ({request.Params.Count}) exceeds burst size (500)");
        }

        var entries = Entries.ToDictionary(entry => entry.Id);
        return new BatchNewX509SVIDResponse
        {
            Results =
            {
                request.Params.Select(parameters =>
                {
                    var csr = SigningRequest.Parse(parameters.Csr.Memory);
                    return entries.TryGetValue(parameters.EntryId, out var entry)
                        ? csr.HasValidSignature()
                            ? new BatchNewX509SVIDResponse.Types.Result { Status = new Status(), Svid = Issue(csr, SpiffeId.FromApi(entry.SpiffeId), _spire.SvidLife(entry)) }
                            : new BatchNewX509SVIDResponse.Types.Result { Status = new Status { Code = 3, Message = "invalid CSR signature" } }
                        : new BatchNewX509SVIDResponse.Types.Result { Status = new Status { Code = 5, Message = "entry not found or not authorized" } };
                }),
            },
        };
    }

    private NewJWTSVIDResponse SignToken(NewJWTSVIDRequest request, ServerCall call)
    {
        var entry = Entries.FirstOrDefault(entry => entry.Id == request.EntryId)
            ?? throw new GrpcException(StatusCode.NotFound, "entry not found or not authorized");
        var now = Clock.GetUtcNow();
        var id = SpiffeId.FromApi(entry.SpiffeId);
        return new NewJWTSVIDResponse
        {
            Svid = new Spire.Wire.Contracts.Types.JWTSVID
            {
                Token = Signer.Sign(id, request.Audience, now, now + _spire.TokenLife),
                Id = id.ToApi(),
                IssuedAt = now.ToUnixTimeSeconds(),
                ExpiresAt = (now + _spire.TokenLife).ToUnixTimeSeconds(),
            },
        };
    }

    private Spire.Wire.Contracts.Types.X509SVID Issue(SigningRequest csr, SpiffeId id, TimeSpan life)
    {
        var chain = Authority.IssueSvid(csr.PublicKey, id, [], Clock.GetUtcNow(), life);
        return new Spire.Wire.Contracts.Types.X509SVID
        {
            CertChain = { chain.Select(der => ByteString.CopyFrom(der.Span)) },
            Id = id.ToApi(),
            ExpiresAt = DecodedCertificate.Decode(chain[0]).NotAfter.ToUnixTimeSeconds(),
        };
    }

    private static string SerialOf(Spire.Wire.Contracts.Types.X509SVID svid) => DecodedCertificate.Decode(svid.CertChain[0].Memory).SerialNumber;
}
