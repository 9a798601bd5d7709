using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Spire.Wire.Attestation;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Contracts.Workload;
using Spire.Wire.Grpc;
using SvidOfApi = Spire.Wire.Contracts.Types.X509SVID;

namespace Validation.Spire.Tests.Scripted;

/// <summary>What real servers and agents answered, with those values replaced that hang on keys or were drawn at random.</summary>
internal sealed class TodaysAnswers
{
    private readonly ScriptedSpire _spire;
    private readonly PopServer _pop;
    private readonly ConcurrentDictionary<string, Entry> _entries = new();
    private int _made;

    public TodaysAnswers(ScriptedSpire spire)
    {
        _spire = spire;
        _pop = new PopServer([spire.NodeAuthority], spire.Clock);
        Bundle = TrustBundle.FromApi((Bundle)Recorded.Answer("06/3"));
        Bundle = Bundle with { X509Authorities = [.. Bundle.X509Authorities, new X509Authority(spire.Authority.Certificate.Der)] };
    }

    /// <summary>Gets the recorded bundle and the authority of today.</summary>
    public TrustBundle Bundle { get; set; }

    /// <summary>Gets or sets how much of an hour's life SVIDs of agents have behind them when they are signed.</summary>
    public TimeSpan AgentAge { get; set; }

    public IReadOnlyCollection<string> Entries => [.. _entries.Keys];

    public Answer To(SeenCall call) => call.Name switch
    {
        "AttestAgent" => AttestAsync,
        "GetBundle" => Exchange.Of(Bundle.ToApi()),
        "MintX509SVID" => exchange => OnceAsync<MintX509SVIDRequest>(exchange, Mint),
        "BatchNewX509SVID" => exchange => OnceAsync<BatchNewX509SVIDRequest>(exchange, Sign),
        "BatchCreateEntry" => exchange => OnceAsync<BatchCreateEntryRequest>(exchange, Create),
        "GetEntry" => exchange => OnceAsync<GetEntryRequest>(exchange, Get),
        "BatchDeleteEntry" => exchange => OnceAsync<BatchDeleteEntryRequest>(exchange, Delete),
        "FetchX509SVID" => FetchAsync,
        "PostStatus" => Exchange.Of(new PostStatusResponse()),
        "GetAuthorizedEntries" => Exchange.Of(new GetAuthorizedEntriesResponse { Entries = { ForAgents } }),
        "SyncAuthorizedEntries" => SyncAsync,
        _ => throw new GrpcException(StatusCode.Unimplemented, $"Nobody wrote what {call.Name} is answered with."),
    };

    /// <summary>Signs as all servers do.</summary>
    public SvidOfApi Issue(ReadOnlyMemory<byte> publicKey, SpiffeId id, TimeSpan? life = null, CertificateAuthority? authority = null, DateTimeOffset? at = null)
    {
        var chain = (authority ?? _spire.Authority).IssueSvid(publicKey, id, [], at ?? _spire.Clock.GetUtcNow(), life ?? TimeSpan.FromHours(1));
        return new SvidOfApi
        {
            CertChain = { chain.Select(certificate => ByteString.CopyFrom(certificate.Span)) },
            Id = id.ToApi(),
            ExpiresAt = DecodedCertificate.Decode(chain[0]).NotAfter.ToUnixTimeSeconds(),
        };
    }

    /// <summary>Signs what a driver asked for, in the recorded answer of a server.</summary>
    public BatchNewX509SVIDResponse Sign(BatchNewX509SVIDRequest request) => Sign(request, (key, id) => Issue(key, id));

    public BatchNewX509SVIDResponse Sign(BatchNewX509SVIDRequest request, Func<ReadOnlyMemory<byte>, SpiffeId, SvidOfApi> issue)
    {
        var answer = (BatchNewX509SVIDResponse)Recorded.Answer("09/1");
        var parameters = request.Params.Single();
        answer.Results[0].Svid = issue(SigningRequest.Parse(parameters.Csr.Memory).PublicKey, SpiffeId.FromApi(_entries[parameters.EntryId].SpiffeId));
        return answer;
    }

    /// <summary>Attests as <c>x509pop</c> does, with a challenge that must be answered rightly.</summary>
    public Task AttestAsync(Exchange exchange) => AttestAsync(exchange, (key, id) => Issue(key, id, at: _spire.Clock.GetUtcNow() - AgentAge));

    public async Task AttestAsync(Exchange exchange, Func<ReadOnlyMemory<byte>, SpiffeId, SvidOfApi> issue)
    {
        var first = await exchange.ReadAsync<AttestAgentRequest>();
        var attestation = _pop.Begin(first.Params.Data.Payload.Span);
        await exchange.WriteAsync(new AttestAgentResponse { Challenge = attestation.Challenge });
        attestation.Verify((await exchange.ReadAsync<AttestAgentRequest>()).ChallengeResponse.Span);

        var answer = (AttestAgentResponse)Recorded.Answer("02/1", last: true);
        answer.Result.Svid = issue(SigningRequest.Parse(first.Params.Params_.Csr.Memory).PublicKey, attestation.AgentId(ScriptedSpire.Domain));
        await exchange.WriteAsync(answer);
    }

    /// <summary>Returns an entry that was registered.</summary>
    public Entry Find(string id) => _entries[id];

    /// <summary>Registers an entry for all virtual nodes, as an administrator does.</summary>
    public void Register(string path) => Create(new BatchCreateEntryRequest
    {
        Entries = { new Entry { ParentId = Nodes.ToApi(), SpiffeId = SpiffeId.Of(ScriptedSpire.Domain, path).ToApi() } },
    });

    /// <summary>Returns what a real agent answered, with an SVID of today.</summary>
    public X509SVIDResponse Fetched(SpiffeId id)
    {
        var answer = (X509SVIDResponse)Recorded.Answer("13/1");
        using var key = Keys.Create();
        var svid = Issue(key.ExportSubjectPublicKeyInfo(), id);
        answer.Svids[0].SpiffeId = id.ToString();
        answer.Svids[0].X509Svid = svid.CertChain[0];
        answer.Svids[0].X509SvidKey = ByteString.CopyFrom(key.ExportPkcs8PrivateKey());
        answer.Svids[0].Bundle = ByteString.CopyFrom(Bundle.ToDer());
        return answer;
    }

    /// <summary>Returns the certificate that a node showed.</summary>
    public static byte[] LeafIn(AttestAgentRequest request) =>
        Convert.FromBase64String(JsonNode.Parse(request.Params.Data.Payload.Span)!["certificates"]![0]!.GetValue<string>());

    private static async Task OnceAsync<TRequest>(Exchange exchange, Func<TRequest, IMessage> answer)
        where TRequest : class, IMessage
    {
        var request = await exchange.ReadAsync<TRequest>();
        await exchange.ReadAsync();
        await exchange.WriteAsync(answer(request));
    }

    private IEnumerable<Entry> ForAgents => _entries.Values.Where(entry => SpiffeId.FromApi(entry.ParentId) == Nodes);

    private static SpiffeId Nodes => SpiffeId.Of(ScriptedSpire.Domain, "/harness/nodes");

    /// <summary>Tells an agent its entries, as servers do when they fit one page.</summary>
    private async Task SyncAsync(Exchange exchange)
    {
        await exchange.ReadAsync<SyncAuthorizedEntriesRequest>();
        await exchange.WriteAsync(new SyncAuthorizedEntriesResponse { Entries = { ForAgents } });
    }

    private MintX509SVIDResponse Mint(MintX509SVIDRequest request)
    {
        var answer = (MintX509SVIDResponse)Recorded.Answer("09/12");
        var csr = SigningRequest.Parse(request.Csr.Memory);
        answer.Svid = Issue(csr.PublicKey, SpiffeId.Parse(csr.Uris.Single()));
        return answer;
    }

    private BatchCreateEntryResponse Create(BatchCreateEntryRequest request)
    {
        var answer = (BatchCreateEntryResponse)Recorded.Answer("05/35");
        var entry = request.Entries.Single().Clone();
        entry.Id = $"entry-{Interlocked.Increment(ref _made)}";
        entry.CreatedAt = answer.Results[0].Entry.CreatedAt;
        _entries[entry.Id] = entry;
        answer.Results[0].Entry = entry;
        return answer;
    }

    private Entry Get(GetEntryRequest request) =>
        _entries.TryGetValue(request.Id, out var entry) ? entry : throw new GrpcException(Exchange.StatusOf(Recorded.Call("05/19").Failure!));

    private BatchDeleteEntryResponse Delete(BatchDeleteEntryRequest request)
    {
        var recorded = (BatchDeleteEntryResponse)Recorded.Answer("05/33");
        var result = recorded.Results[_entries.TryRemove(request.Ids.Single(), out _) ? 0 : 1];
        result.Id = request.Ids.Single();
        return new BatchDeleteEntryResponse { Results = { result } };
    }

    private async Task FetchAsync(Exchange exchange)
    {
        await exchange.ReadAsync();
        await exchange.ReadAsync();
        await exchange.WriteAsync(Fetched(SpiffeId.Of(ScriptedSpire.Domain, "/harness/workload/load")));

        // The stream of a real agent stays open until the workload ends it.
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, exchange.CancellationToken);
    }
}
