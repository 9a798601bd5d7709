using System.Text.Json.Nodes;
using EmbeddedSpire.Tests.Server.Running;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Spire.Wire.Attestation;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Validation.TestKit.Recordings;

namespace EmbeddedSpire.Tests.Server.Conformance;

/// <summary>Says to our servers what was said to real ones, with the values of today, and compares the answers.</summary>
internal sealed class Replay(Stage stage)
{
    private const string MainAgent = "spiffe://bench.test/spire/agent/join_token/3edcac20-de76-44a4-a832-8438d03eb795";
    private const string BusyAgentToken = "7e3a48af-e4fa-4f30-96e2-1418c190595f";

    /// <summary>What such a text goes on with is said by the client about itself.</summary>
    private const string NoConnection = "connection error: ";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly HashSet<string> Streams = [AgentMethods.AttestAgent.Path, EntryMethods.SyncAuthorizedEntries.Path];

    private readonly Substitutions _substitutions = new();
    private readonly List<Difference> _differences = [];
    private double _reloads;

    /// <summary>Gets where the answers differed.</summary>
    public IReadOnlyList<Difference> Differences => _differences;

    /// <summary>Gets how many calls were made.</summary>
    public int Calls { get; private set; }

    /// <summary>Plays a conversation.</summary>
    public async Task PlayAsync(string conversation)
    {
        foreach (var call in RecordedCall.Read(conversation))
        {
            await PrepareAsync(call);
            var comparison = new Comparison(_substitutions);
            await PlayAsync(call, comparison);
            var excused = await IsReadTooEarlyAsync(call);
            _differences.AddRange(comparison.Findings
                .Where(finding => !(excused && finding.Place == "message 2.entries (count)"))
                .Select(finding => new Difference(call.Name, finding.Place, finding.Recorded, finding.Live)));
            Calls++;
        }
    }

    /// <summary>Whether the server read anew between the attestation of an agent and its question, which on a busy machine nobody can prevent.</summary>
    private async Task<bool> IsReadTooEarlyAsync(RecordedCall call) => call.Name == "11/9" && await stage.ReloadsAsync() > _reloads;

    /// <summary>Does what had been done between the recorded calls, and waits where they had waited.</summary>
    private async Task PrepareAsync(RecordedCall call)
    {
        switch (call.Name)
        {
            case "01/12":
                // The token of 01/7 lives for a second.
                await Task.Delay(TimeSpan.FromSeconds(2.1), TimeProvider.System);
                break;
            case "01/25" or "01/27":
                await stage.CreateTokenAsync(JoinTokenAttestation.TokenIn(ParamsOf(call).Data.Payload.Span));
                break;
            case "07/1":
                await stage.JoinAsync("idle", "1d5ab3c8-732b-486f-b74a-a6ffac3a3e73");
                await stage.JoinAsync("busy", BusyAgentToken);
                await WaitForEntriesAsync();
                break;
            case "08/1":
                await CreateManyEntriesAsync(call);
                break;
            case "11/8":
                // The agent of this call asks at once for its entries, which the server's cache did not have yet then.
                _reloads = await stage.WaitForReloadAsync();
                break;
            case "16/9":
                await WaitForEntriesAsync();
                break;
        }
    }

    private async Task PlayAsync(RecordedCall call, Comparison comparison)
    {
        var caller = Cast.CallerOf(call);
        using var key = Keys.Create();
        var method = new DuplexMethod<Empty, Empty>(call.Method.Split('/')[1], call.Method.Split('/')[2]);
        await using var live = (await stage.ChannelAsync(caller)).Open(method, CallOptions.Within(call.Name == "12/2" ? TimeSpan.FromMilliseconds(300) : Limit), CancellationToken.None);
        IMessage? lastAnswer = null;
        try
        {
            var requests = call.Messages.Count(line => line.IsFromClient);
            foreach (var (line, i) in call.Messages.Select((line, i) => (line, i)))
            {
                if (line.IsFromClient)
                {
                    await live.WriteAsync(Raw(Today(line.Content, call, key, lastAnswer)), CancellationToken.None);
                    if (--requests == 0 && !Streams.Contains(call.Method))
                    {
                        live.Complete();
                    }
                }
                else
                {
                    lastAnswer = await CompareNextAsync(live, line, $"message {i + 1}", comparison);
                }
            }

            live.Complete();
            comparison.Values("messages after the last", "none", await live.ReadAsync(CancellationToken.None) is null ? "none" : "some");
            CompareEnd(call, new GrpcStatus(StatusCode.OK, string.Empty), comparison);
        }
        catch (GrpcException refusal)
        {
            CompareEnd(call, refusal.Status, comparison);
        }

        if (Cast.KeeperOf(call) is { } keeper && lastAnswer is not null)
        {
            await stage.AdmitAsync(keeper, X509Svid.FromApi(Find<X509SVID>(lastAnswer).Single(), key));
        }
    }

    private static async Task<IMessage?> CompareNextAsync(DuplexCall<Empty, Empty> live, RecordedCall.Line recorded, string place, Comparison comparison)
    {
        if (await live.ReadAsync(CancellationToken.None) is not { } raw)
        {
            comparison.Values(place, recorded.Type, "(the end)");
            return null;
        }

        var answer = RecordedCall.Parse(recorded.Type!, raw.ToByteArray());
        comparison.Messages(place, recorded.Content, answer);
        return answer;
    }

    private static void CompareEnd(RecordedCall call, GrpcStatus live, Comparison comparison)
    {
        comparison.Values("status", (StatusCode)(call.Failure?.Status ?? 0), live.Code);
        if (!(call.Failure?.Message ?? string.Empty).StartsWith(NoConnection, StringComparison.Ordinal) || !live.Message.StartsWith(NoConnection, StringComparison.Ordinal))
        {
            comparison.Texts("status text", call.Failure?.Message ?? string.Empty, live.Message);
        }

        var recorded = call.Failure?.Details is { } details
            ? Find<Any>(RecordedCall.Parse("google.rpc.Status", Convert.FromBase64String(details)))
            : [];
        comparison.Values("status details", Join(recorded), Join(live.Details));

        static string Join(IEnumerable<Any> details) => string.Join(", ", details.Select(detail => $"{detail.TypeUrl} {detail.Value.ToBase64()}"));
    }

    /// <summary>Returns a message as it has to be said today.</summary>
    private IMessage Today(IMessage recorded, RecordedCall call, System.Security.Cryptography.ECDsa key, IMessage? lastAnswer)
    {
        Substitute(recorded);
        switch (recorded)
        {
            case AttestAgentRequest { Params: { } parameters }:
                Substitute(parameters.Data);
                parameters.Params_ = KeeperHas(call) && parameters.Params_ is not null ? new() { Csr = ByteString.CopyFrom(SigningRequest.ForAgent(key)) } : parameters.Params_;
                break;
            case AttestAgentRequest { ChallengeResponse: var response } request when lastAnswer is AttestAgentResponse { Challenge: var challenge }:
                request.ChallengeResponse = Respond(response, challenge, call);
                break;
            case RenewAgentRequest renewal when KeeperHas(call):
                renewal.Params.Csr = ByteString.CopyFrom(SigningRequest.ForAgent(key));
                break;
            case BatchNewX509SVIDRequest signing when KeeperHas(call):
                signing.Params[0].Csr = ByteString.CopyFrom(SigningRequest.ForWorkload(key, SpiffeId.Of(TestServer.TrustDomain, "/wl/one")));
                break;
            case MintX509SVIDRequest mint when KeeperHas(call):
                mint.Csr = ByteString.CopyFrom(SigningRequest.ForWorkload(key, SpiffeId.Of(TestServer.TrustDomain, "/harness/admin")));
                break;
        }

        return recorded;
    }

    private static bool KeeperHas(RecordedCall call) => Cast.KeeperOf(call) is not null;

    private void Substitute(AttestationData? data)
    {
        if (data?.Type == JoinTokenAttestation.Type)
        {
            data.Payload = ByteString.CopyFromUtf8(_substitutions.Apply(data.Payload.ToStringUtf8()));
        }
        else if (LeafIn(data) is { } leaf)
        {
            data!.Payload = stage.NodeFor(leaf).Pop.Data().Payload;
        }
    }

    /// <summary>Returns the leaf that an agent showed; null when it showed no certificate.</summary>
    private static byte[]? LeafIn(AttestationData? data)
    {
        if (data?.Type != PopAttestation.Type || data.Payload.IsEmpty || data.Payload[0] != '{')
        {
            return null;
        }

        var leaf = JsonNode.Parse(data.Payload.Span)!["certificates"]!.AsArray().Select(item => Convert.FromBase64String(item!.GetValue<string>())).FirstOrDefault();
        return leaf is not null && DecodedCertificate.TryDecode(leaf, out _, out _) ? leaf : null;
    }

    /// <summary>Answers a challenge as it was answered then: rightly, with a wrong signature, or with nonsense.</summary>
    private ByteString Respond(ByteString recorded, ByteString challenge, RecordedCall call)
    {
        var isProper = recorded.Length > 100 && !call.Note.Contains("nonce of 8 bytes", StringComparison.Ordinal);
        if (!isProper)
        {
            return recorded;
        }

        var leaf = LeafIn(ParamsOf(call).Data)!;
        var response = stage.NodeFor(leaf).Pop.Respond(challenge.Span);
        return call.Note.Contains("tampered", StringComparison.Ordinal) ? Tamper(response) : response;
    }

    private static ByteString Tamper(ByteString response)
    {
        var json = JsonNode.Parse(response.Span)!;
        var signature = json["ecdsa_signature"]!;
        var s = Convert.FromBase64String(signature["s"]!.GetValue<string>());
        s[^1] ^= 1;
        signature["s"] = Convert.ToBase64String(s);
        return ByteString.CopyFromUtf8(json.ToJsonString());
    }

    private static AttestAgentRequest.Types.Params ParamsOf(RecordedCall call) =>
        ((AttestAgentRequest)call.Messages.First(line => line.IsFromClient).Content).Params;

    /// <summary>Creates the many entries of 08, with the ids that they had; their order is that of the answer.</summary>
    private async Task CreateManyEntriesAsync(RecordedCall call)
    {
        var answers = call.Messages.Where(line => !line.IsFromClient).Select(line => (SyncAuthorizedEntriesResponse)line.Content).ToList();
        var ids = answers.SelectMany(answer => answer.EntryRevisions).Select(revision => revision.Id).ToList();
        var parent = JoinTokenAttestation.AgentId(TestServer.TrustDomain, BusyAgentToken);
        var entries = ids.Select((id, i) =>
        {
            var entry = TestAgent.Workload(parent, $"/big/w{i:0000}", $"uid:{20000 + i}");
            entry.Id = id;
            return entry;
        });
        foreach (var batch in entries.Chunk(200))
        {
            await stage.First.Admin.CreateEntriesAsync(batch);
        }

        await new TestCaller(await stage.ChannelAsync("busy")).SeesAsync([.. ids.Select((_, i) => $"/big/w{i:0000}")]);
    }

    /// <summary>Waits until the server's cache has all entries that the database has for the agent of most conversations.</summary>
    private async Task WaitForEntriesAsync()
    {
        var request = new ListEntriesRequest { Filter = new() { ByParentId = SpiffeId.Parse(_substitutions.Apply(MainAgent)).ToApi() } };
        var stored = await stage.First.Admin.CallAsync(EntryMethods.ListEntries, request);
        await new TestCaller(await stage.ChannelAsync("main")).SeesAsync([.. stored.Entries.Select(entry => entry.SpiffeId.Path)]);
    }

    /// <summary>Puts the values of today into all texts of a message.</summary>
    private void Substitute(IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            switch (field.Accessor.GetValue(message))
            {
                case string text when text.Length > 0:
                    field.Accessor.SetValue(message, _substitutions.Apply(text));
                    break;
                case IList<string> texts:
                    for (var i = 0; i < texts.Count; i++)
                    {
                        texts[i] = _substitutions.Apply(texts[i]);
                    }

                    break;
                case IMessage inner:
                    Substitute(inner);
                    break;
                case System.Collections.IEnumerable items and not ByteString:
                    foreach (var item in items.OfType<IMessage>())
                    {
                        Substitute(item);
                    }

                    break;
            }
        }
    }

    private static Empty Raw(IMessage message) => Empty.Parser.ParseFrom(message.ToByteArray());

    /// <summary>Finds the messages of a type within another.</summary>
    private static IEnumerable<T> Find<T>(IMessage message) => message.Descriptor.Fields.InFieldNumberOrder()
        .Select(field => field.Accessor.GetValue(message))
        .SelectMany(value => value is System.Collections.IEnumerable items and not (string or ByteString) ? items.Cast<object>() : [value])
        .OfType<IMessage>()
        .SelectMany(inner => inner is T found ? [found] : Find<T>(inner));
}
