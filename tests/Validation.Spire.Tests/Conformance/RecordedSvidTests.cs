using Google.Protobuf;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Workload;
using Validation.Core.Loads;
using Validation.Core.Recording;
using Validation.Spire.Access;
using Validation.Spire.Tests.Scripted;
using Validation.TestKit.Recordings;
using Bundle = Spire.Wire.Contracts.Types.Bundle;
using SvidOfApi = Spire.Wire.Contracts.Types.X509SVID;

namespace Validation.Spire.Tests.Conformance;

/// <summary>SVIDs that real servers signed, byte by byte, in the light of the bundle that they gave.</summary>
public sealed class RecordedSvidTests
{
    private static readonly string[] Conversations = ["01", "02", "03", "09", "11", "12", "16", "20", "22", "23"];

    // The servers made new authorities while the conversations with real agents were recorded.
    private static readonly string[] LaterBundles = ["20/66", "22/2", "23/2"];

    private readonly Notebook _notebook = new();

    [Fact]
    public async Task Svids_SignedByRealServers_VerifyForTheirIdAndKey()
    {
        using var trust = await TrustAsync();
        var signed = Conversations.SelectMany(RecordedCall.Read).SelectMany(SignedIn).ToList();

        signed.Should().HaveCountGreaterThan(50);
        foreach (var svid in signed)
        {
            Judge(trust, svid, svid.At).Should().Be(Outcome.Success, svid.Call);
        }

        _notebook.Svids.Should().HaveCount(signed.Count).And.OnlyContain(check => check == SvidCheck.Verified);
    }

    [Fact]
    public async Task Svid_WhoseLifeIsOver_DoesNotVerify()
    {
        using var trust = await TrustAsync();
        var svid = SignedIn(Recorded.Call("09/1")).Single();

        var outcome = Judge(trust, svid, svid.At.AddHours(2));

        outcome.Failure.Should().Be("svid-does-not-verify");
        outcome.Detail.Should().Contain("was valid until");
        _notebook.Svids.Should().Equal(SvidCheck.Wrong);
    }

    [Fact]
    public async Task Svid_ForAnotherKeyOrId_DoesNotVerify()
    {
        using var trust = await TrustAsync();
        var one = SignedIn(Recorded.Call("09/1")).Single();
        var other = SignedIn(Recorded.Call("20/6")).Single();

        Judge(trust, one with { Key = other.Key }, one.At).Detail.Should().Be("It certifies another key than the one that was sent.");
        Judge(trust, one with { Id = other.Id }, one.At).Detail.Should().Be("It is for 'spiffe://bench.test/wl/one' and was asked for 'spiffe://bench.test/wl/rack'.");
        _notebook.Svids.Should().Equal(SvidCheck.Wrong, SvidCheck.Wrong);
    }

    [Fact]
    public async Task Svid_WhoseAuthorityIsNotInTheBundle_DoesNotVerify()
    {
        var svid = SignedIn(Recorded.Call("09/1")).Single();
        using var trust = await TrustAsync(bundle =>
        {
            var authority = DecodedCertificate.Decode(svid.Svid.CertChain[0].Memory).AuthorityKeyId;
            bundle.X509Authorities.Remove(bundle.X509Authorities.Single(known => DecodedCertificate.Decode(known.Asn1.Memory).SubjectKeyId == authority));
        });

        Judge(trust, svid, svid.At).Failure.Should().Be("svid-does-not-verify");
        _notebook.Svids.Should().Equal(SvidCheck.UnknownAuthority);
    }

    [Fact]
    public void WorkloadAnswer_OfARealAgent_VerifiesByItsOwnBundle() =>
        Judge((X509SVIDResponse)Recorded.Answer("13/1")).Should().Be(Outcome.Success);

    [Fact]
    public void WorkloadAnswer_WithoutBundle_DoesNotVerify() => JudgeChanged(svid => svid.Bundle = ByteString.Empty).Should().Be("svid-does-not-verify");

    [Fact]
    public void WorkloadAnswer_WithABundleThatIsNone_DoesNotVerify() => JudgeChanged(svid => svid.Bundle = ByteString.CopyFromUtf8("nope")).Should().Be("svid-does-not-verify");

    [Fact]
    public void WorkloadAnswer_WithAnotherKey_DoesNotVerify()
    {
        using var key = Keys.Create();

        JudgeChanged(svid => svid.X509SvidKey = ByteString.CopyFrom(key.ExportPkcs8PrivateKey())).Should().Be("svid-does-not-verify");
    }

    [Fact]
    public void WorkloadAnswer_WithoutKey_DoesNotVerify() => JudgeChanged(svid => svid.X509SvidKey = ByteString.Empty).Should().Be("svid-does-not-verify");

    [Fact]
    public void WorkloadAnswer_WithoutCertificate_DoesNotVerify() => JudgeChanged(svid => svid.X509Svid = ByteString.Empty).Should().Be("svid-does-not-verify");

    [Fact]
    public void WorkloadAnswer_ThatSaysAnotherIdThanItsCertificate_DoesNotVerify()
    {
        var answer = (X509SVIDResponse)Recorded.Answer("13/1");
        answer.Svids[0].SpiffeId = "spiffe://bench.test/wl/other";

        Judge(answer, "/wl/other").Failure.Should().Be("svid-does-not-verify");
    }

    [Fact]
    public void WorkloadAnswer_ForSomebodyElse_IsAWrongAnswer() =>
        Judge((X509SVIDResponse)Recorded.Answer("13/1"), "/wl/other").Should().Be(Outcome.Failed("wrong-answer", "The answer has no SVID for 'spiffe://bench.test/wl/other'."));

    private static async Task<TrustView> TrustAsync(Action<Bundle>? change = null)
    {
        await using var spire = await ScriptedSpire.StartAsync();
        var bundle = (Bundle)Recorded.Answer("06/3");
        foreach (var authority in LaterBundles.SelectMany(call => ((Bundle)Recorded.Answer(call)).X509Authorities).Where(authority => !bundle.X509Authorities.Contains(authority)))
        {
            bundle.X509Authorities.Add(authority);
        }

        change?.Invoke(bundle);
        spire.Script = _ => Exchange.Of(bundle);
        return await TrustView.ReadAsync(spire, spire.Clock, CancellationToken.None);
    }

    private static IEnumerable<Signed> SignedIn(RecordedCall call)
    {
        if (call.Failure is not null)
        {
            return [];
        }

        var requests = call.Messages.Where(line => line.IsFromClient).SelectMany(line => RequestsIn(line.Content));
        var svids = call.Messages.Where(line => !line.IsFromClient).SelectMany(line => SvidsIn(line.Content));
        return requests.Zip(svids)
            .Where(pair => pair.Second is not null)
            .Select(pair => new Signed(call.Name, SigningRequest.Parse(pair.First.Memory).PublicKey, pair.Second!, SpiffeId.FromApi(pair.Second!.Id)));
    }

    private static IEnumerable<ByteString> RequestsIn(IMessage message) => message switch
    {
        AttestAgentRequest { Params: { } parameters } => [parameters.Params_.Csr],
        RenewAgentRequest renewal => [renewal.Params.Csr],
        MintX509SVIDRequest mint => [mint.Csr],
        BatchNewX509SVIDRequest batch => batch.Params.Select(parameters => parameters.Csr),
        _ => [],
    };

    private static IEnumerable<SvidOfApi?> SvidsIn(IMessage message) => message switch
    {
        AttestAgentResponse { Result: { } result } => [result.Svid],
        RenewAgentResponse renewal => [renewal.Svid],
        MintX509SVIDResponse mint => [mint.Svid],
        BatchNewX509SVIDResponse batch => batch.Results.Select(result => result.Svid),
        _ => [],
    };

    private Outcome Judge(TrustView trust, Signed signed, DateTimeOffset at)
    {
        IReadOnlyList<ReadOnlyMemory<byte>> chain = [.. signed.Svid.CertChain.Select(certificate => certificate.Memory)];
        return SvidAnswer.Judge("load", chain, signed.Id, signed.Key, trust.Verifier.Verify(chain, at), _notebook);
    }

    private Outcome Judge(X509SVIDResponse answer, string path = "/wl/rack")
    {
        var at = DecodedCertificate.Decode(((X509SVIDResponse)Recorded.Answer("13/1")).Svids[0].X509Svid.Memory).NotBefore.AddSeconds(15);
        return SvidAnswer.Judge("load", answer, SpiffeId.Of(ScriptedSpire.Domain, path), at, _notebook);
    }

    private string? JudgeChanged(Action<global::Spire.Wire.Contracts.Workload.X509SVID> change)
    {
        var answer = (X509SVIDResponse)Recorded.Answer("13/1");
        change(answer.Svids[0]);
        return Judge(answer).Failure;
    }

    /// <summary>What a server signed, and for which request.</summary>
    private sealed record Signed(string Call, ReadOnlyMemory<byte> Key, SvidOfApi Svid, SpiffeId Id)
    {
        /// <summary>Gets an instant shortly after it was signed.</summary>
        public DateTimeOffset At => DecodedCertificate.Decode(Svid.CertChain[0].Memory).NotBefore.AddSeconds(15);
    }
}
