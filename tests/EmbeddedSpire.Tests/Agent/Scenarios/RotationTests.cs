using EmbeddedSpire.Tests.Agent.Scripted;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts.Svids;

namespace EmbeddedSpire.Tests.Agent.Scenarios;

public sealed class RotationTests : AgentScenario
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    [Fact]
    public async Task Svid_HalfOfItsLifeIsOver_IsReplacedAndTold()
    {
        Spire.SvidLife = _ => TimeSpan.FromMinutes(10);
        var agent = await ServeAsync();
        using var workload = new Workload(agent.SocketPath);
        await using var stream = workload.FollowSvids();
        var first = Workload.Leaf((await stream.ReadAsync(CancellationToken.None))!.Svids[0]);

        var next = stream.ReadAsync(CancellationToken.None).AsTask();
        await agent.UntilAsync(() => next.IsCompleted, TimeSpan.FromMinutes(8), Step);

        var second = Workload.Leaf((await next)!.Svids[0]);
        second.SerialNumber.Should().NotBe(first.SerialNumber);

        // NotBefore lies 10 s back, so half of the life is 5 min 5 s, ± 10 %, looked at every 5 s.
        var age = second.NotBefore - first.NotBefore;
        age.Should().BeGreaterThan(TimeSpan.FromSeconds(305 * 0.9) - TimeSpan.FromSeconds(2)).And.BeLessThan(TimeSpan.FromSeconds((305 * 1.1) + 10));
    }

    [Fact]
    public async Task Authority_IsTainted_EverythingUnderItIsReplacedOnce()
    {
        var agent = await ServeAsync();
        for (var i = 0; i < 130; i++)
        {
            Spire.AddEntry($"/wl/{i}", $"unix:uid:{100_000 + i}");
        }

        await agent.UntilAsync(() => agent.Log.Split("SVID updated").Length > 131, TimeSpan.FromSeconds(30));
        Signed().Should().Be(131);
        using var workload = new Workload(agent.SocketPath);
        await workload.FetchTokenAsync("aud-a");
        var server = Spire.Servers[0];
        var old = server.Authority;
        server.Authority = CertificateAuthority.CreateSelfSigned(Spire.TrustDomain, Keys.Create(), Clock.GetUtcNow(), TimeSpan.FromHours(24));

        Spire.Change((authorities, keys) =>
        {
            authorities.Clear();
            authorities.Add(new X509Authority(server.Authority.Certificate.Der));
            authorities.Add(new X509Authority(old.Certificate.Der, Tainted: true));
            keys[0] = keys[0] with { Tainted = true };
        });
        await agent.UntilAsync(() => Signed() == 262 && Spire.Count("AttestAgent") == 2, TimeSpan.FromSeconds(60), Step);
        await agent.PassAsync(TimeSpan.FromSeconds(30), Step);

        Signed().Should().Be(262, "each SVID is replaced once");
        Spire.Count("AttestAgent").Should().Be(2, "the agent's own SVID is replaced too");
        Workload.Leaf((await workload.FetchSvidsAsync()).Svids[0]).AuthorityKeyId.Should().Be(server.Authority.Id);
        var tokens = Spire.Count("NewJWTSVID");
        await workload.FetchTokenAsync("aud-a");
        Spire.Count("NewJWTSVID").Should().Be(tokens + 1, "the token went with its key");
    }

    [Fact]
    public async Task Token_AskedForAgain_ComesFromTheCacheUntilHalfOfItsLife()
    {
        var agent = await ServeAsync();
        using var workload = new Workload(agent.SocketPath);
        var first = await workload.FetchTokenAsync("aud-a", "aud-b");

        (await workload.FetchTokenAsync("aud-b", "aud-a")).Should().Be(first, "the order of audiences does not matter");
        (await workload.FetchTokenAsync("aud-a")).Should().NotBe(first);
        Clock.Advance(TimeSpan.FromSeconds(120));
        (await workload.FetchTokenAsync("aud-a", "aud-b")).Should().Be(first);
        Clock.Advance(TimeSpan.FromSeconds(60));
        (await workload.FetchTokenAsync("aud-a", "aud-b")).Should().NotBe(first);
    }

    [Fact]
    public async Task AgentSvid_Reattested_OldConnectionsAreGiven()
    {
        Spire.AgentLife = TimeSpan.FromMinutes(2);
        var agent = await ServeAsync();
        var first = Spire.Calls[^1].Serial;

        await agent.UntilAsync(() => Spire.Count("AttestAgent") == 2, TimeSpan.FromMinutes(3), Step);
        var before = Spire.Calls.Count;
        await SyncsAsync(agent, 2);

        Spire.Calls.Skip(before).Should().OnlyContain(call => call.Serial != first);
        File.ReadAllText(DataFile).Should().Contain("\"reattestable\":true");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AgentSvid_AReattestationHangs_HoldsSyncsUpForGoodOnlyWithTheDefect(bool attestsWithoutLimit)
    {
        Spire.AgentLife = TimeSpan.FromMinutes(4);
        var agent = await ServeAsync(settings => attestsWithoutLimit ? settings with { Defects = new HashSet<Defect> { Defect.AttestsWithoutLimit } } : settings);
        Spire.Hold = (call, cancellationToken) => call.Name == "AttestAgent" ? Task.Delay(Timeout.InfiniteTimeSpan, Clock, cancellationToken) : Task.CompletedTask;
        await agent.UntilAsync(() => Spire.Count("AttestAgent") == 2, TimeSpan.FromMinutes(3), Step);
        var synced = Spire.Count("SyncAuthorizedEntries");

        await agent.PassAsync(TimeSpan.FromSeconds(45), Step);

        (Spire.Count("SyncAuthorizedEntries") > synced).Should().Be(!attestsWithoutLimit);
        (Spire.Count("AttestAgent") > 2).Should().Be(!attestsWithoutLimit);
    }

    private int Signed() => Spire.Calls.Where(call => call.Name == "BatchNewX509SVID")
        .SelectMany(call => call.Requests).Cast<BatchNewX509SVIDRequest>().Sum(request => request.Params.Count);
}
