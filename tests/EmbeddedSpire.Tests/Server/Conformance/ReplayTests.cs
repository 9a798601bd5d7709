using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Validation.TestKit.Recordings;

namespace EmbeddedSpire.Tests.Server.Conformance;

public sealed class ReplayTests(ReplayedConversations replayed) : IClassFixture<ReplayedConversations>
{
    private const int RecordedCalls = 238;

    [SkippableFact]
    public void Servers_AskedWhatRealOnesWereAsked_AnswerWhatTheyAnswered()
    {
        var replay = replayed.Replay;

        replay.Calls.Should().Be(RecordedCalls);
        string.Join("\n", replay.Differences.Except(Difference.Known)).Should().BeEmpty("all else is to be said as SPIRE says it");
        Difference.Known.Except(replay.Differences).Should().BeEmpty("what does not differ any more does not belong into the list");
    }

    [SkippableFact]
    public async Task MetricPage_AfterTheConversations_HasTheMetricsOfARealOne()
    {
        var page = await replayed.Stage.First.GetAsync(":9988/metrics");

        var ours = MetricFamily.On(page.Body);
        var recorded = MetricFamily.Recorded;
        recorded.Except(ours).Select(family => family.ToString()).Should().BeEquivalentTo(MetricFamily.Unserved, "these have no meaning here, all others are to be served");
        ours.Except(recorded).Select(family => family.ToString()).Should().BeEquivalentTo(MetricFamily.Unrecorded, "no name may be invented: these are in SPIRE's source");
    }

    [SkippableFact]
    public async Task ServerCertificate_OnTheWire_LooksLikeARealOne()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(replayed.Stage.First.Api);
        await using var tls = new SslStream(new NetworkStream(socket), leaveInnerStreamOpen: true, (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { ApplicationProtocols = [SslApplicationProtocol.Http2] });

        var recorded = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Recorded", "certificates", "server-a-svid.pem")));
        Substitutions.Blank(Shapes.OfCertificate(tls.RemoteCertificate!.GetRawCertData())).Should().Be(Substitutions.Blank(Shapes.OfCertificate(recorded.RawData)));
        tls.NegotiatedApplicationProtocol.Should().Be(SslApplicationProtocol.Http2);
    }
}
