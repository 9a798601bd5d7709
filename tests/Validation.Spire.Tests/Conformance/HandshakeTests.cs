using System.Diagnostics;
using Spire.Wire.Certificates;
using Validation.Core;
using Validation.Core.Loads;
using Validation.Spire.Drivers;
using Validation.Spire.Tests.Scripted;

namespace Validation.Spire.Tests.Conformance;

/// <summary>Connections that are refused, by either side, as in the recorded calls 10/21 and 10/22.</summary>
public sealed class HandshakeTests : IAsyncLifetime
{
    private ScriptedSpire? _spire;

    private ScriptedSpire Spire => _spire!;

    public async Task InitializeAsync() => _spire = await ScriptedSpire.StartAsync();

    public async Task DisposeAsync() => await Spire.DisposeAsync();

    [Fact]
    public async Task Churn_ServerRefusesTheCertificate_IsUnavailableAsRecorded()
    {
        await using var load = await Spire.PrepareAsync(new EntryChurn());
        Spire.MayConnect = _ => false;

        ExpectAsRecorded(await Spire.RunAsync(load), "10/21");
        Spire.CallsOf("BatchCreateEntry").Should().BeEmpty();
    }

    [Fact]
    public async Task Attest_ServerHasAForeignAuthority_IsUnavailableAsRecorded()
    {
        await using var load = await Spire.PrepareAsync(new SpireAttest());
        using var key = Keys.Create();
        var foreign = CertificateAuthority.CreateSelfSigned(ScriptedSpire.Domain, key, Spire.Clock.GetUtcNow(), TimeSpan.FromHours(1));
        Spire.Identity = () => ScriptedSpire.IssueServer(foreign, Spire.Clock.GetUtcNow());

        var outcome = await Spire.RunAsync(load);

        ExpectAsRecorded(outcome, "10/22");
        outcome.Detail.Should().Contain("The server's certificate is refused");
    }

    [Fact]
    public async Task Attest_ServerCertificateIsExpired_IsUnavailable()
    {
        await using var load = await Spire.PrepareAsync(new SpireAttest());
        Spire.Identity = () => ScriptedSpire.IssueServer(Spire.Authority, Spire.Clock.GetUtcNow().AddMinutes(-1), TimeSpan.FromSeconds(1));

        var outcome = await Spire.RunAsync(load);

        outcome.Failure.Should().Be("unavailable");
        outcome.Detail.Should().Contain("was valid until");
    }

    [Fact]
    public async Task Attest_SomebodyElseAnswersWithAGoodSvid_IsUnavailable()
    {
        await using var load = await Spire.PrepareAsync(new SpireAttest());
        using var key = Keys.Create();
        Spire.Identity = () => X509Svid.FromApi(Spire.Today.Issue(key.ExportSubjectPublicKeyInfo(), SpiffeId.Of(ScriptedSpire.Domain, "/wl/one")), key);

        (await Spire.RunAsync(load)).Failure.Should().Be("unavailable");
    }

    [Fact]
    public async Task Attest_ServerWithANewAuthority_IsTrustedWhenItIsInTheBundle()
    {
        await using var load = await Spire.PrepareAsync(new SpireAttest());
        using var key = Keys.Create();
        var next = CertificateAuthority.CreateSelfSigned(ScriptedSpire.Domain, key, Spire.Clock.GetUtcNow(), TimeSpan.FromHours(1));
        Spire.Identity = () => ScriptedSpire.IssueServer(next, Spire.Clock.GetUtcNow());
        TrustBundle bundle = new() { TrustDomain = ScriptedSpire.Domain, X509Authorities = [new(Spire.Authority.Certificate.Der), new(next.Certificate.Der)] };
        Spire.Script = call => call.Name == "GetBundle" ? Exchange.Of(bundle.ToApi()) : Spire.Today.To(call);

        var first = await Spire.RunAsync(load);
        var later = first;
        for (var begin = Stopwatch.GetTimestamp(); !later.Succeeded && Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(10);)
        {
            later = await Spire.RunAsync(load);
        }

        first.Failure.Should().Be("unavailable", "nobody has heard of the authority before");
        later.Should().Be(Outcome.Success);
    }

    [Fact]
    public async Task Preparation_BundleWithoutAuthorities_TrustsNobody()
    {
        Spire.Script = call => call.Name == "GetBundle" ? Exchange.Of(new TrustBundle { TrustDomain = ScriptedSpire.Domain }.ToApi()) : Spire.Today.To(call);
        await using var load = await Spire.PrepareAsync(new SpireAttest());

        (await Spire.RunAsync(load)).Failure.Should().Be("unavailable");
    }

    [Fact]
    public async Task Preparation_ServerThatGivesItsBundleLate_IsAskedAgain()
    {
        var denial = Exchange.StatusOf(Recorded.Call("21/9").Failure!);
        Spire.Script = call => call.Name == "GetBundle" && Spire.CallsOf("GetBundle").Count < 3 ? Exchange.Of(denial) : Spire.Today.To(call);

        await using var load = await Spire.PrepareAsync(new SpireAttest());

        (await Spire.RunAsync(load)).Should().Be(Outcome.Success);
    }

    [Fact]
    public async Task Preparation_ServerThatDoesNotKnowTheAdministratorsAuthorityYet_IsAskedAgain()
    {
        var handshakes = 0;
        Spire.MayConnect = _ => Interlocked.Increment(ref handshakes) > 2;

        await using var load = await Spire.PrepareAsync(new X509SvidFetch());

        (await Spire.RunAsync(load)).Should().Be(Outcome.Success);
        handshakes.Should().Be(3);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a trust domain")]
    public async Task Preparation_AnswerThatIsNoBundle_CountsAsNone(string trustDomain)
    {
        var bundle = Spire.Today.Bundle.ToApi();
        bundle.TrustDomain = trustDomain;
        Spire.Script = call => call.Name == "GetBundle" ? Exchange.Of(bundle) : Spire.Today.To(call);

        var preparing = () => Spire.PrepareAsync(new SpireAttest());

        await preparing.Should().ThrowAsync<HarnessException>().WithMessage("None of spire-server-1 gave its bundle.");
    }

    [Fact]
    public async Task Preparation_AuthorityThatIsNoCertificate_CountsAsNoBundle()
    {
        var bundle = Spire.Today.Bundle.ToApi();
        bundle.X509Authorities[0].Asn1 = Google.Protobuf.ByteString.CopyFromUtf8("garbage");
        Spire.Script = call => call.Name == "GetBundle" ? Exchange.Of(bundle) : Spire.Today.To(call);

        var preparing = () => Spire.PrepareAsync(new SpireAttest());

        await preparing.Should().ThrowAsync<HarnessException>();
    }

    /// <summary>The text after these words is the client's own.</summary>
    private static void ExpectAsRecorded(Outcome outcome, string call)
    {
        const string Beginning = "connection error: ";
        var recorded = Recorded.Call(call).Failure!;
        recorded.Status.Should().Be(14);
        recorded.Message.Should().StartWith(Beginning);
        outcome.Failure.Should().Be("unavailable");
        outcome.Detail.Should().StartWith($"Unavailable: {Beginning}");
    }
}
