using System.Net;
using Google.Protobuf;
using Spire.Wire.Attestation;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Health;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;

namespace Validation.Spire.Benching;

/// <summary>
/// What the benches call, in a process of its own: a SPIRE server without a database, which attests whom the node authority
/// vouches for, gives every agent one entry and signs. On loopback, with and without TLS.
/// </summary>
/// <remarks>What is behind it costs next to nothing, so that two clients of it can be compared.</remarks>
public sealed class BenchServer : IAsyncDisposable
{
    private static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(2);

    private readonly TimeProvider _time;
    private readonly TimeSpan _svidLife;
    private readonly CertificateAuthority _authority;
    private readonly PopServer _nodes;
    private readonly X509Svid _identity;
    private readonly Bundle _bundle;
    private readonly List<GrpcServer> _listening = [];

    private BenchServer(BenchTrust trust, TimeProvider time)
    {
        (_time, _svidLife) = (time, trust.SvidLife);
        var now = time.GetUtcNow();
        _authority = CertificateAuthority.CreateSelfSigned(BenchTrust.TrustDomain, Keys.Create(), now, AuthorityLife);
        _nodes = new PopServer([trust.NodeAuthority], time);
        using var key = Keys.Create();
        _identity = new X509Svid(
            _authority.IssueSvid(key.ExportSubjectPublicKeyInfo(), BenchTrust.TrustDomain.ServerId, [], now, AuthorityLife), key);
        _bundle = new Bundle { TrustDomain = BenchTrust.TrustDomain.Name, SequenceNumber = 1, RefreshHint = 300 };
        _bundle.X509Authorities.Add(new global::Spire.Wire.Contracts.Types.X509Certificate { Asn1 = UnsafeByteOperations.UnsafeWrap(_authority.Certificate.Der) });
    }

    private static SpiffeId WorkloadId { get; } = SpiffeId.Of(BenchTrust.TrustDomain, "/bench/workload");

    /// <summary>Gets where it is reached.</summary>
    public BenchAddresses Addresses => new(PortOf(_listening[0]), PortOf(_listening[1]));

    /// <summary>Starts the server.</summary>
    /// <param name="trust">Whom it trusts, and for how long it signs.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<BenchServer> StartAsync(BenchTrust trust, TimeProvider time, CancellationToken cancellationToken)
    {
        var server = new BenchServer(trust, time);
        var verifier = new SvidVerifier(TrustBundle.FromApi(server._bundle));
        var anyPort = new IPEndPoint(IPAddress.Loopback, 0);
        var options = new GrpcServerOptions { Listen = anyPort, Handlers = server.Handlers(), Time = time };
        try
        {
            server._listening.Add(await GrpcServer.StartAsync(options, cancellationToken));
            server._listening.Add(await GrpcServer.StartAsync(
                options with { Tls = () => SvidTls.ForServer(server._identity, verifier, _ => true, time) }, cancellationToken));
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var listening in _listening)
        {
            await listening.DisposeAsync();
        }

        _identity.Dispose();
    }

    private static int PortOf(GrpcServer server) => ((IPEndPoint)server.Address).Port;

    private GrpcHandlers Handlers()
    {
        var serving = new HealthCheckResponse { Status = HealthCheckResponse.Types.ServingStatus.Serving };
        var handlers = new GrpcHandlers();
        handlers.Map(HealthMethods.Check, (_, _, _) => Task.FromResult(serving));
        handlers.Map(BundleMethods.GetBundle, (_, _, _) => Task.FromResult(_bundle));
        handlers.Map(AgentMethods.PostStatus, (_, _, _) => Task.FromResult(new PostStatusResponse()));
        handlers.Map(AgentMethods.AttestAgent, AttestAsync);
        handlers.Map(EntryMethods.SyncAuthorizedEntries, SyncAsync);
        handlers.Map(SvidMethods.BatchNewX509SVID, (request, _, _) => Task.FromResult(Sign(request)));
        return handlers;
    }

    private async Task AttestAsync(
        MessageReader<AttestAgentRequest> requests, MessageWriter<AttestAgentResponse> responses, ServerCall call, CancellationToken cancellationToken)
    {
        var asked = (await NextAsync(requests, cancellationToken)).Params;
        var attestation = _nodes.Begin(asked.Data.Payload.Span);
        await responses.WriteAsync(new AttestAgentResponse { Challenge = attestation.Challenge }, cancellationToken);
        attestation.Verify((await NextAsync(requests, cancellationToken)).ChallengeResponse.Span);
        var svid = Issue(asked.Params_.Csr, attestation.AgentId(BenchTrust.TrustDomain));
        var result = new AttestAgentResponse.Types.Result { Svid = svid, Reattestable = true };
        await responses.WriteAsync(new AttestAgentResponse { Result = result }, cancellationToken);
    }

    private static async Task<AttestAgentRequest> NextAsync(MessageReader<AttestAgentRequest> requests, CancellationToken cancellationToken) =>
        await requests.ReadAsync(cancellationToken) ?? throw new GrpcException(StatusCode.InvalidArgument, "the attestation ended too early");

    private static async Task SyncAsync(
        MessageReader<SyncAuthorizedEntriesRequest> requests,
        MessageWriter<SyncAuthorizedEntriesResponse> responses,
        ServerCall call,
        CancellationToken cancellationToken)
    {
        var entry = new Entry { Id = "bench", SpiffeId = WorkloadId.ToApi(), RevisionNumber = 1, CreatedAt = 1 };
        while (await requests.ReadAsync(cancellationToken) is not null)
        {
            await responses.WriteAsync(new SyncAuthorizedEntriesResponse { Entries = { entry } }, cancellationToken);
        }
    }

    private BatchNewX509SVIDResponse Sign(BatchNewX509SVIDRequest request)
    {
        var response = new BatchNewX509SVIDResponse();
        response.Results.AddRange(request.Params.Select(asked => new BatchNewX509SVIDResponse.Types.Result
        {
            Status = new Status { Code = (int)StatusCode.OK },
            Svid = Issue(asked.Csr, WorkloadId),
        }));
        return response;
    }

    private X509SVID Issue(ByteString request, SpiffeId id)
    {
        var now = _time.GetUtcNow();
        var chain = _authority.IssueSvid(SigningRequest.Parse(request.Memory).PublicKey, id, [], now, _svidLife);
        var svid = new X509SVID { Id = id.ToApi(), ExpiresAt = (now + _svidLife).ToUnixTimeSeconds() };
        svid.CertChain.AddRange(chain.Select(certificate => UnsafeByteOperations.UnsafeWrap(certificate)));
        return svid;
    }
}
