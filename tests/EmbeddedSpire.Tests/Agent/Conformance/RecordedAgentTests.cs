using System.Text.Json;
using EmbeddedSpire.Tests.Agent.Scripted;
using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Types;

namespace EmbeddedSpire.Tests.Agent.Conformance;

/// <summary>Our agent says to its servers what a real one says, in the same order, with the same deadlines and at the same pace.</summary>
public sealed class RecordedAgentTests : IDisposable
{
    private const string SyncName = "SyncAuthorizedEntries";

    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(200);

    private readonly TemporaryDirectory _directory = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Agent_AttestingByCertificate_SaysWhatARealOneSays()
    {
        await using var spire = await SpireAsync();
        spire.AddEntry("/wl/rack", Workload.Me);
        var recorded = RecordedCall.Read("agent-x509pop.jsonl").Where(call => call.Name != "NewJWTSVID").ToList();

        await using var agent = await FollowAsync(spire, byCertificate: true, recorded.Count);

        Compare(recorded, spire.Calls);
    }

    [Fact]
    public async Task Agent_AttestingByToken_SaysWhatARealOneSays()
    {
        await using var spire = await SpireAsync();
        var recorded = RecordedCall.Read("agent-join-token.jsonl");

        await using var agent = await FollowAsync(spire, byCertificate: false, recorded.Count, AddLater(spire, "/wl/later"));

        Compare(recorded, spire.Calls);
    }

    [Fact]
    public async Task Agent_WhoseSvidLivesTwoMinutes_AttestsAgainAndSyncsLikeARealOne()
    {
        await using var spire = await SpireAsync();
        spire.AgentLife = TimeSpan.FromMinutes(2);
        spire.SvidLife = entry => entry.SpiffeId.Path == "/wl/short" ? TimeSpan.FromMinutes(1) : TimeSpan.FromHours(1);
        spire.AddEntry("/wl/long", Workload.Me);
        var recorded = RecordedCall.Read("agent-x509pop-two-minutes.jsonl");

        await using var agent = await FollowAsync(spire, byCertificate: true, recorded.Count, AddLater(spire, "/wl/short"));

        CompareFirst(recorded, spire.Calls, count: 9);
        RequirePace(recorded, spire.Calls, "AttestAgent", 0, TimeSpan.FromMinutes(2));
        RequirePace(recorded, spire.Calls, "BatchNewX509SVID", 1, TimeSpan.FromMinutes(1));
        After(spire.Calls, "AttestAgent").Should().OnlyContain(call => call.Name != "GetBundle", "only the first attestation asks for the bundle");
        spire.Calls.Where(call => call.Name == "AttestAgent").Should().OnlyContain(call => call.Serial == null && call.Deadline == null);
    }

    [Fact]
    public async Task Agent_WhoseSvidIsRenewed_UsesTheNewOneOnANewConnectionLikeARealOne()
    {
        await using var spire = await SpireAsync();
        spire.AgentLife = TimeSpan.FromMinutes(2);
        var recorded = RecordedCall.Read("agent-join-token-two-minutes.jsonl");

        await using var agent = await FollowAsync(spire, byCertificate: false, recorded.Count, AddLater(spire, "/wl/later"));

        CompareFirst(recorded, spire.Calls, count: 8);
        RequirePace(recorded, spire.Calls, "RenewAgent", 0, TimeSpan.FromMinutes(2));
        foreach (var (renewal, next) in spire.Calls.Zip(spire.Calls.Skip(1)).Where(pair => pair.First.Name == "RenewAgent"))
        {
            next.Serial.Should().NotBe(renewal.Serial);
            next.Connection.Should().NotBe(renewal.Connection);
        }
    }

    [Fact]
    public async Task Agent_FetchingTokens_HasTheDeadlinesOfARealOne()
    {
        await using var spire = await SpireAsync();
        spire.AddEntry("/wl/rack", Workload.Me);
        var recorded = RecordedCall.Read("agent-x509pop.jsonl").Where(call => call.Name == "NewJWTSVID").ToList();
        await using var agent = await FollowAsync(spire, byCertificate: true, 6);
        await agent.ServingAsync();
        using var workload = new Workload(agent.SocketPath);
        await workload.FetchTokenAsync("aud-a");
        _clock.Advance(TimeSpan.FromMinutes(3));

        await workload.FetchTokenAsync("aud-a");
        await workload.FetchTokenAsync("aud-a", "aud-b");

        // The first of ours made the older token that the first of the recorded ones falls back on.
        var ours = spire.Calls.Where(call => call.Name == "NewJWTSVID").Skip(1).ToList();
        ours.Select(call => Shape.Of(call.Requests[0])).Should().Equal(recorded.Select(call => Shape.Of(call.Requests![0].Parse())));
        ours.Zip(recorded).Should().OnlyContain(pair => Near(pair.First.Deadline!.Value, TimeSpan.FromMilliseconds(pair.Second.Deadline!.Value)));
    }

    /// <summary>Creates an entry when the agent has synced once.</summary>
    private static Action AddLater(ScriptedSpire spire, string path)
    {
        var isThere = false;
        return () =>
        {
            if (!isThere && spire.Count(SyncName) == 1)
            {
                isThere = true;
                spire.AddEntry(path, Workload.Me);
            }
        };
    }

    private static bool Near(TimeSpan ours, TimeSpan recorded) => (ours - recorded).Duration() <= Margin * 5;

    private static void Compare(IReadOnlyList<RecordedCall> recorded, IReadOnlyList<SeenCall> ours) => CompareFirst(recorded, ours, recorded.Count);

    private static void CompareFirst(IReadOnlyList<RecordedCall> recorded, IReadOnlyList<SeenCall> ours, int count)
    {
        ours.Take(count).Select(call => call.Name).Should().Equal(recorded.Take(count).Select(call => call.Name));
        foreach (var (theirs, own) in recorded.Take(count).Zip(ours))
        {
            own.Requests.Select(Shape.Of).Should().Equal(theirs.Requests!.Select(request => Shape.Of(request.Parse())), theirs.Method);
            (own.Deadline is null).Should().Be(theirs.Deadline is null, theirs.Method);
            if (own.Deadline is { } deadline)
            {
                Near(deadline, TimeSpan.FromMilliseconds(theirs.Deadline!.Value)).Should().BeTrue($"{own} has {deadline}, a real one {theirs.Deadline} ms");
            }

            // Nothing but what gRPC itself sends.
            own.MetadataKeys.Where(key => key is not ("te" or "user-agent" or "content-type" or "host" or "transfer-encoding")).Should().BeEmpty();
            CompareContent(theirs, own);
        }

        ComparePauses([.. recorded.Take(count).Where(call => call.Name == SyncName).Select(call => TimeSpan.FromMilliseconds(call.T))]);
        ComparePauses([.. ours.Take(count).Where(call => call.Name == SyncName).Select(call => call.At - ours[0].At)]);
    }

    private static void ComparePauses(IReadOnlyList<TimeSpan> instants) =>
        instants.Zip(instants.Skip(1), (first, second) => second - first).Should()
            .OnlyContain(pause => pause >= TimeSpan.FromSeconds(4.5) - Margin && pause <= TimeSpan.FromSeconds(5.5) + Margin);

    /// <summary>Requires of the recorded agent and of ours alike that something is repeated at half of a life ± 10 %, or at the look after that.</summary>
    private static void RequirePace(IReadOnlyList<RecordedCall> recorded, IReadOnlyList<SeenCall> ours, string name, int skip, TimeSpan life)
    {
        var backdate = TimeSpan.FromSeconds(10);
        var half = (life + backdate) / 2;
        var earliest = (half * 0.9) - backdate - Margin;
        var latest = (half * 1.1) - backdate + TimeSpan.FromSeconds(5.5) + Margin;
        var theirs = recorded.Where(call => call.Name == name).Skip(skip).Select(call => TimeSpan.FromMilliseconds(call.T)).ToList();
        var own = ours.Where(call => call.Name == name).Skip(skip).Select(call => call.At - ours[0].At).ToList();
        foreach (var instants in new[] { theirs, own })
        {
            instants.Count.Should().BeGreaterThan(1, $"{name} is repeated");
            instants.Zip(instants.Skip(1), (first, second) => second - first).Should().OnlyContain(pause => pause >= earliest && pause <= latest);
        }
    }

    private static void CompareContent(RecordedCall theirs, SeenCall own)
    {
        foreach (var (their, our) in theirs.Requests!.Select(request => request.Parse()).Zip(own.Requests))
        {
            switch (their, our)
            {
                case (BatchNewX509SVIDRequest a, BatchNewX509SVIDRequest b):
                    CompareRequests(a.Params[0].Csr, b.Params[0].Csr);
                    break;
                case (AttestAgentRequest { Params: { } a }, AttestAgentRequest { Params: { } b }):
                    b.Data.Type.Should().Be(a.Data.Type);
                    CompareRequests(a.Params_.Csr, b.Params_.Csr);
                    CompareJson(a.Data, b.Data);
                    break;
            }
        }
    }

    private static void CompareRequests(ByteString theirs, ByteString ours)
    {
        var (a, b) = (SigningRequest.Parse(theirs.Memory), SigningRequest.Parse(ours.Memory));
        b.Subject.RawData.Should().Equal(a.Subject.RawData);
        (b.Uris.Count, b.DnsNames.Count, b.PublicKey.Length).Should().Be((a.Uris.Count, a.DnsNames.Count, a.PublicKey.Length));
        b.HasValidSignature().Should().BeTrue();
    }

    private static void CompareJson(AttestationData theirs, AttestationData ours)
    {
        if (theirs.Type == "x509pop")
        {
            using var a = JsonDocument.Parse(theirs.Payload.Memory);
            using var b = JsonDocument.Parse(ours.Payload.Memory);
            b.RootElement.EnumerateObject().Select(member => member.Name).Should().Equal(a.RootElement.EnumerateObject().Select(member => member.Name));
        }
    }

    private static IEnumerable<SeenCall> After(IReadOnlyList<SeenCall> calls, string name) =>
        calls.Zip(calls.Skip(1)).Skip(1).Where(pair => pair.First.Name == name).Select(pair => pair.Second);

    private async Task<ScriptedSpire> SpireAsync()
    {
        var spire = new ScriptedSpire(_clock);
        await spire.StartServerAsync();
        return spire;
    }

    private async Task<AgentRun> FollowAsync(ScriptedSpire spire, bool byCertificate, int calls, Action? meanwhile = null)
    {
        var node = Node.Create(_directory.Path, _clock);
        spire.Pop = node.Believer(_clock);
        spire.Tokens["token-1"] = true;
        var agent = AgentRun.Start(spire, _directory.Path, settings => settings with
        {
            Pop = byCertificate ? node.Files : null,
            JoinToken = byCertificate ? null : "token-1",
            TokenLimitWithFallback = TimeSpan.FromSeconds(5),
        });
        await agent.UntilAsync(
            () =>
            {
                meanwhile?.Invoke();
                return spire.Calls.Count >= calls;
            },
            TimeSpan.FromMinutes(3));
        return agent;
    }
}
