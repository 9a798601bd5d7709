using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Contracts.Workload;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Core.Running;
using Validation.Spire.Drivers;
using Validation.Spire.Tests.Scripted;
using SvidOfApi = Spire.Wire.Contracts.Types.X509SVID;

namespace Validation.Spire.Tests.Conformance;

/// <summary>Answers that look right and are not: no driver may take them for a success.</summary>
public sealed class WrongAnswerTests : IAsyncLifetime
{
    private ScriptedSpire? _spire;

    public static TheoryData<string, SvidCheck> WrongSvids => new()
    {
        { "another key", SvidCheck.Wrong },
        { "another id", SvidCheck.Wrong },
        { "expired", SvidCheck.Wrong },
        { "not yet valid", SvidCheck.Wrong },
        { "foreign authority", SvidCheck.UnknownAuthority },
    };

    public static TheoryData<string> UnreadableSvids => ["no certificate", "garbage"];

    private ScriptedSpire Spire => _spire!;

    public async Task InitializeAsync() => _spire = await ScriptedSpire.StartAsync();

    public async Task DisposeAsync() => await Spire.DisposeAsync();

    [Theory]
    [MemberData(nameof(WrongSvids))]
    public async Task Sign_WrongSvid_DoesNotVerify(string what, SvidCheck check)
    {
        await using var load = await Spire.PrepareAsync(new X509SvidSign(), ("agents", 1));
        Answer("BatchNewX509SVID", exchange => SignAsync(exchange, (key, id) => Wrong(what, key, id)));

        (await Spire.RunAsync(load)).Failure.Should().Be("svid-does-not-verify");

        Spire.Notebook.Svids.Should().Equal(check);
    }

    [Theory]
    [MemberData(nameof(WrongSvids))]
    public async Task Attest_WrongSvid_DoesNotVerify(string what, SvidCheck check)
    {
        await using var load = await Spire.PrepareAsync(new SpireAttest());
        Answer("AttestAgent", exchange => Spire.Today.AttestAsync(exchange, (key, id) => Wrong(what, key, id)));

        (await Spire.RunAsync(load)).Failure.Should().Be("svid-does-not-verify");

        Spire.Notebook.Svids.Should().Equal(check);
    }

    [Theory]
    [MemberData(nameof(UnreadableSvids))]
    public async Task SignAndAttest_UnreadableSvid_DoesNotVerify(string what)
    {
        await using var sign = await Spire.PrepareAsync(new X509SvidSign(), ("agents", 1));
        await using var attest = await Spire.PrepareAsync(new SpireAttest());
        Spire.Script = call => call.Name switch
        {
            "BatchNewX509SVID" => exchange => SignAsync(exchange, (key, id) => Wrong(what, key, id)),
            "AttestAgent" => exchange => Spire.Today.AttestAsync(exchange, (key, id) => Wrong(what, key, id)),
            _ => Spire.Today.To(call),
        };

        (await Spire.RunAsync(sign)).Failure.Should().Be("svid-does-not-verify");
        (await Spire.RunAsync(attest)).Failure.Should().Be("svid-does-not-verify");
    }

    [Fact]
    public async Task Sign_WhatWasSignedForTheRecordingClient_DoesNotVerify()
    {
        await using var load = await Spire.PrepareAsync(new X509SvidSign(), ("agents", 1));
        Answer("BatchNewX509SVID", Exchange.Of(Recorded.Call("09/1")));

        (await Spire.RunAsync(load)).Should().Be(
            Outcome.Failed("svid-does-not-verify", "It is for 'spiffe://bench.test/wl/one' and was asked for 'spiffe://bench.test/harness/sign/load'."));
    }

    [Fact]
    public async Task Attest_WhatWasSignedForTheRecordingClient_DoesNotVerify()
    {
        await using var load = await Spire.PrepareAsync(new SpireAttest());
        Answer("AttestAgent", Exchange.Of(Recorded.Call("02/1")));

        (await Spire.RunAsync(load)).Failure.Should().Be("svid-does-not-verify");
    }

    [Fact]
    public async Task Sign_AnythingButOneResult_IsAWrongAnswer()
    {
        await using var load = await Spire.PrepareAsync(new X509SvidSign(), ("agents", 1));
        var result = ((BatchNewX509SVIDResponse)Recorded.Answer("09/1")).Results[0];
        var noStatus = result.Clone();
        noStatus.Status = null;
        var noSvid = result.Clone();
        noSvid.Svid = null;

        await ExpectWrongAsync(load, "BatchNewX509SVID", "The server gave 0 results for one request.", new BatchNewX509SVIDResponse());
        await ExpectWrongAsync(load, "BatchNewX509SVID", "The server gave 2 results for one request.", new BatchNewX509SVIDResponse { Results = { result, result } });
        await ExpectWrongAsync(load, "BatchNewX509SVID", "The server's result has no status.", new BatchNewX509SVIDResponse { Results = { noStatus } });
        await ExpectWrongAsync(load, "BatchNewX509SVID", "The server's answer has no SVID.", new BatchNewX509SVIDResponse { Results = { noSvid } });
    }

    [Fact]
    public async Task Attest_AnythingButASvid_IsAWrongAnswer()
    {
        await using var load = await Spire.PrepareAsync(new SpireAttest());
        var rsaChallenge = Recorded.Answer("02/2");
        var ourChallenge = Recorded.Answer("02/1");

        await ExpectWrongAsync(load, "AttestAgent", "The server ended the attestation without an SVID.");
        await ExpectWrongAsync(load, "AttestAgent", "The server's challenge cannot be answered: *", rsaChallenge);
        await ExpectWrongAsync(load, "AttestAgent", "The server answered 'Challenge' where an SVID was due.", ourChallenge, ourChallenge);
        await ExpectWrongAsync(load, "AttestAgent", "The server answered 'None' where an SVID was due.", new AttestAgentResponse());
        await ExpectWrongAsync(load, "AttestAgent", "The server answered 'Result' where an SVID was due.", new AttestAgentResponse { Result = new() });
    }

    [Fact]
    public async Task Fetch_AnythingButItsIdentity_IsAWrongAnswer()
    {
        await using var load = await Spire.PrepareAsync(new X509SvidFetch());

        await ExpectWrongAsync(load, "FetchX509SVID", "The agent ended the stream without an answer.");
        await ExpectWrongAsync(load, "FetchX509SVID", "The answer has no SVID for 'spiffe://bench.test/harness/workload/load'.", new X509SVIDResponse());
        await ExpectWrongAsync(load, "FetchX509SVID", "The answer has no SVID for 'spiffe://bench.test/harness/workload/load'.", Recorded.Answer("13/1"));
    }

    [Fact]
    public async Task Fetch_WithoutBundle_DoesNotVerify()
    {
        await using var load = await Spire.PrepareAsync(new X509SvidFetch());
        var answer = Spire.Today.Fetched(SpiffeId.Parse("spiffe://bench.test/harness/workload/load"));
        answer.Svids[0].Bundle = ByteString.Empty;
        Answer("FetchX509SVID", Exchange.Of(answer));

        (await Spire.RunAsync(load)).Failure.Should().Be("svid-does-not-verify");

        Spire.Notebook.Svids.Should().Equal(SvidCheck.UnknownAuthority);
    }

    [Fact]
    public async Task Churn_EntryWithoutId_IsAWrongAnswerAndNotAcknowledged()
    {
        await using var load = await Spire.PrepareAsync(new EntryChurn());

        // So SPIRE answers when the client asks for other fields only.
        await ExpectWrongAsync(load, "BatchCreateEntry", "The server created an entry and did not say which.", new BatchCreateEntryResponse
        {
            Results = { new BatchCreateEntryResponse.Types.Result { Status = new(), Entry = new Entry { SpiffeId = new SPIFFEID { Path = "/wl/del" } } } },
        });
        await ExpectWrongAsync(load, "BatchCreateEntry", "The server gave 4 results for one request.", Recorded.Answer("05/1"));

        Spire.Notebook.Facts.OfType<EntryChanged>().Should().BeEmpty();
    }

    [Fact]
    public async Task Churn_AnotherEntryReadBack_IsAWrongAnswer()
    {
        await using var load = await Spire.PrepareAsync(new EntryChurn());

        await ExpectWrongAsync(load, "GetEntry", "Asked for entry 'entry-1', got '4a694ccb-ef79-46aa-ac1a-924511920694'.", Recorded.Answer("05/18"));
    }

    private void Answer(string method, Answer answer) => Spire.Script = call => call.Name == method ? answer : Spire.Today.To(call);

    private async Task ExpectWrongAsync(IPreparedLoad load, string method, string detail, params IMessage[] answers)
    {
        Answer(method, Exchange.Of(answers));

        var outcome = await Spire.RunAsync(load);

        outcome.Failure.Should().Be("wrong-answer");
        outcome.Detail.Should().Match(detail);
    }

    private async Task SignAsync(Exchange exchange, Func<ReadOnlyMemory<byte>, SpiffeId, SvidOfApi> issue)
    {
        var request = await exchange.ReadAsync<BatchNewX509SVIDRequest>();
        await exchange.ReadAsync();
        await exchange.WriteAsync(Spire.Today.Sign(request, issue));
    }

    private SvidOfApi Wrong(string what, ReadOnlyMemory<byte> key, SpiffeId id)
    {
        using var other = Keys.Create();
        var now = Spire.Clock.GetUtcNow();
        var svid = what switch
        {
            "another key" => Spire.Today.Issue(other.ExportSubjectPublicKeyInfo(), id),
            "another id" => Spire.Today.Issue(key, SpiffeId.Of(ScriptedSpire.Domain, "/somebody/else")),
            "expired" => Spire.Today.Issue(key, id, TimeSpan.FromSeconds(1), at: now.AddMinutes(-1)),
            "not yet valid" => Spire.Today.Issue(key, id, at: now.AddHours(1)),
            "foreign authority" => Spire.Today.Issue(key, id, authority: CertificateAuthority.CreateSelfSigned(ScriptedSpire.Domain, other, now, TimeSpan.FromHours(1))),
            _ => Spire.Today.Issue(key, id),
        };
        switch (what)
        {
            case "no certificate":
                svid.CertChain.Clear();
                break;
            case "garbage":
                svid.CertChain[0] = ByteString.CopyFromUtf8("garbage");
                break;
        }

        return svid;
    }
}
