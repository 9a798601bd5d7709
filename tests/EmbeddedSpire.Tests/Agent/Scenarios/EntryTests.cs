using EmbeddedSpire.Tests.Agent.Scripted;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Svids;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Contracts.Workload;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace EmbeddedSpire.Tests.Agent.Scenarios;

public sealed class EntryTests : AgentScenario
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Workload_EntryIsAddedAndRemoved_IsToldAtOnceAndThenDenied()
    {
        var agent = await ServeAsync();
        using var workload = new Workload(agent.SocketPath);
        await using var stream = workload.FollowSvids();
        (await NextAsync(agent, stream)).Svids.Should().ContainSingle();

        var second = Spire.AddEntry("/wl/two", Workload.Me);

        // SPIRE tells the workload when the entry is there, and again when its SVID is.
        (await NextAsync(agent, stream)).Svids.Should().ContainSingle();
        (await NextAsync(agent, stream)).Svids.Select(svid => svid.SpiffeId).Should().Equal("spiffe://bench.test/wl/one", "spiffe://bench.test/wl/two");

        Spire.Entries.TryRemove(second.Id, out _);
        (await NextAsync(agent, stream)).Svids.Should().ContainSingle();

        Spire.Entries.Clear();
        var status = await Workload.StatusOfAsync(() => NextAsync(agent, stream));
        (status.Code, status.Message).Should().Be((StatusCode.PermissionDenied, "no identity issued"));
    }

    [Fact]
    public async Task Workload_EntryIsRevised_GetsANewSvidWithTheNextSync()
    {
        var agent = await ServeAsync();
        using var workload = new Workload(agent.SocketPath);
        await using var stream = workload.FollowSvids();
        var before = Workload.Leaf((await NextAsync(agent, stream)).Svids[0]).SerialNumber;

        Spire.UpdateEntry("entry-0000", entry => entry.Hint = "first");
        var after = await NextAsync(agent, stream);

        Workload.Leaf(after.Svids[0]).SerialNumber.Should().NotBe(before);
        after.Svids[0].Hint.Should().Be("first");
    }

    [Fact]
    public async Task Workload_BundleChanges_IsToldWithTheSameSvid()
    {
        var agent = await ServeAsync();
        using var workload = new Workload(agent.SocketPath);
        await using var svids = workload.FollowSvids();
        await using var bundles = workload.Channel.Open(WorkloadMethods.FetchX509Bundles, new X509BundlesRequest(), Workload.Endless, CancellationToken.None);
        var before = await NextAsync(agent, svids);
        var bundleBefore = (await NextAsync(agent, bundles)).Bundles["spiffe://bench.test"];

        await Spire.StartServerAsync("127.0.0.2");
        var after = await NextAsync(agent, svids);
        var bundleAfter = (await NextAsync(agent, bundles)).Bundles["spiffe://bench.test"];

        after.Svids[0].X509Svid.Should().Equal(before.Svids[0].X509Svid);
        after.Svids[0].Bundle.Length.Should().BeGreaterThan(before.Svids[0].Bundle.Length);
        DecodedCertificate.Split(bundleBefore.Memory).Should().HaveCount(1);
        DecodedCertificate.Split(bundleAfter.Memory).Should().HaveCount(2);
    }

    [Fact]
    public async Task Workload_NothingChanges_IsToldNothing()
    {
        var agent = await ServeAsync();
        using var workload = new Workload(agent.SocketPath);
        await using var stream = workload.FollowSvids();
        await NextAsync(agent, stream);

        var next = stream.ReadAsync(CancellationToken.None).AsTask();
        await SyncsAsync(agent, 3);

        next.IsCompleted.Should().BeFalse();
    }

    [Fact]
    public async Task Workload_WithoutAnIdentity_IsDeniedAndItsStreamEnds()
    {
        await Spire.StartServerAsync();
        Spire.AddEntry("/wl/other", "unix:uid:4242");
        var agent = await ServeAsync();
        using var workload = new Workload(agent.SocketPath);
        await using var stream = workload.FollowSvids();

        var status = await Workload.StatusOfAsync(() => stream.ReadAsync(CancellationToken.None).AsTask());

        (status.Code, status.Message).Should().Be((StatusCode.PermissionDenied, "no identity issued"));
    }

    [Fact]
    public async Task Stranger_WhereStrangersAreAllowed_GetsTheOwnBundleOnly()
    {
        await Spire.StartServerAsync();
        Spire.AddEntry("/wl/other", "unix:uid:4242");
        var agent = await ServeAsync(settings => settings with { Workloads = settings.Workloads with { AllowsStrangers = true } });
        using var workload = new Workload(agent.SocketPath);
        await using var bundles = workload.Channel.Open(WorkloadMethods.FetchX509Bundles, new X509BundlesRequest(), Workload.Endless, CancellationToken.None);

        (await NextAsync(agent, bundles)).Bundles.Keys.Should().Equal("spiffe://bench.test");
    }

    [Fact]
    public async Task SlowWorkload_ManyChangesMeanwhile_HoldsNobodyUpAndGetsTheLastState()
    {
        var agent = await ServeAsync();
        using var slow = new Workload(agent.SocketPath);
        using var quick = new Workload(agent.SocketPath);
        await using var unread = slow.FollowSvids();
        await NextAsync(agent, unread);

        for (var i = 0; i < 5; i++)
        {
            Spire.UpdateEntry("entry-0000", entry => entry.Hint = $"change-{entry.RevisionNumber}");
            await SyncsAsync(agent, 2);
        }

        (await quick.FetchSvidsAsync()).Svids[0].Hint.Should().Be("change-4");
        var response = await NextAsync(agent, unread);
        while (response.Svids[0].Hint != "change-4")
        {
            response = await NextAsync(agent, unread);
        }
    }

    [Fact]
    public async Task Workload_EntryUnknownToTheServerThatSigns_GetsItsSvidALittleLater()
    {
        // Of three servers in turn, one tells the entries, one the bundle, and the third signs: never the one that told.
        var first = await Spire.StartServerAsync();
        var second = await Spire.StartServerAsync("127.0.0.2", first.Address.Port);
        var third = await Spire.StartServerAsync("127.0.0.3", first.Address.Port);
        var agent = await ServeAsync();
        second.NotYetSeen = third.NotYetSeen = ["entry-0001"];
        var entry = Spire.AddEntry("/wl/two", Workload.Me);
        await agent.UntilAsync(() => agent.Log.Contains("Failed to mint X509 SVID", StringComparison.Ordinal), TimeSpan.FromMinutes(2));

        second.NotYetSeen = third.NotYetSeen = [];

        using var workload = new Workload(agent.SocketPath);
        await agent.UntilAsync(() => agent.Log.Contains($"SVID updated\" entry={entry.Id}", StringComparison.Ordinal), Soon);
        (await workload.FetchSvidsAsync()).Svids.Should().HaveCount(2);
        agent.Log.Should().Contain("level=warning msg=\"Failed to mint X509 SVID\" entry_id=entry-0001 error=\"entry not found or not authorized\" status=5");
    }

    [Fact]
    public async Task Agent_MoreEntriesThanAPage_AsksForThoseThatItLacks()
    {
        await Spire.StartServerAsync();
        for (var i = 0; i < 1203; i++)
        {
            Spire.AddEntry($"/wl/{i}", $"unix:uid:{100_000 + i}");
        }

        var agent = Start();
        await agent.ServingAsync();
        await agent.UntilAsync(() => Signed().Distinct().Count() >= 1000, Soon);

        var first = Spire.Calls.First(call => call.Name == "SyncAuthorizedEntries").Requests.Cast<SyncAuthorizedEntriesRequest>().ToList();
        first.Select(request => request.Ids.Count).Should().Equal(0, 500, 500, 203);
        first[1].Ids.Should().BeInAscendingOrder(StringComparer.Ordinal);
        first[1].OutputMask.Should().BeNull();
        SignedAtOnce().Should().OnlyContain(count => count <= 500);
        Signed().Distinct().Should().HaveCount(1000, "that is how many SVIDs there is room for");
    }

    [Fact]
    public async Task Agent_OneOfMoreThanAPageChanges_AsksForThatOneOnly()
    {
        await Spire.StartServerAsync();
        for (var i = 0; i < 501; i++)
        {
            Spire.AddEntry($"/wl/{i}", $"unix:uid:{100_000 + i}");
        }

        var agent = Start();
        await agent.ServingAsync();

        // The instants of creation, in seconds, tell the new entry from the old one of the same id.
        await agent.PassAsync(TimeSpan.FromSeconds(2));
        Spire.UpdateEntry("entry-0007", entry => entry.Hint = "changed");
        Spire.Entries.TryRemove("entry-0500", out _);
        Spire.AddEntry("/wl/new", "unix:uid:7");
        var before = Spire.Calls.Count;

        await SyncsAsync(agent, 2);

        var next = Spire.Calls.Skip(before).First(call => call.Name == "SyncAuthorizedEntries").Requests.Cast<SyncAuthorizedEntriesRequest>().ToList();
        next.Should().HaveCount(2);
        next[1].Ids.Should().Equal("entry-0007", "entry-0500");
    }

    [Fact]
    public async Task Agent_SigningFails_AsksForHalfAsManyUntilItSucceeds()
    {
        await Spire.StartServerAsync();
        for (var i = 0; i < 450; i++)
        {
            Spire.AddEntry($"/wl/{i}", $"unix:uid:{100_000 + i}");
        }

        var failures = 3;
        Spire.Refuse = call => call.Name == "BatchNewX509SVID" && failures-- > 0 ? new GrpcException(StatusCode.ResourceExhausted, "rate limiting") : null;
        var agent = Start();
        await agent.ServingAsync();
        await agent.UntilAsync(() => Signed().Distinct().Count() == 450, TimeSpan.FromMinutes(5));

        SignedAtOnce().Should().StartWith([62, 124, 248]);
    }

    [Fact]
    public async Task Agent_EntryThatWantsNoPrefetch_IsSignedWhenAWorkloadAsks()
    {
        var agent = await ServeAsync();
        var entry = Spire.AddEntry("/wl/rare", Workload.Me);
        Spire.UpdateEntry(entry.Id, changed => changed.AdditionalAttributes = new Entry.Types.AdditionalAttributes { DisableX509SvidPrefetch = true });
        await SyncsAsync(agent, 3);
        Signed().Should().NotContain(entry.Id);

        using var workload = new Workload(agent.SocketPath);
        await using var stream = workload.FollowSvids();

        (await NextAsync(agent, stream)).Svids.Should().HaveCount(2);
        agent.Log.Should().Contain("Waiting for SVID to get cached");
    }

    [Fact]
    public async Task Workload_EntriesWithTheSameHint_GetsTheOldest()
    {
        await Spire.StartServerAsync();
        for (var i = 0; i < 3; i++)
        {
            var added = Spire.AddEntry($"/wl/{i}", Workload.Me);
            Spire.UpdateEntry(added.Id, entry =>
            {
                entry.Hint = "internal";
                entry.CreatedAt = 2000 - (i % 2);
            });
        }

        var agent = await ServeAsync();
        using var workload = new Workload(agent.SocketPath);

        (await workload.FetchSvidsAsync()).Svids.Should().ContainSingle().Which.SpiffeId.Should().EndWith("/wl/1");
        var tokens = await workload.Channel.CallAsync(WorkloadMethods.FetchJWTSVID, new JWTSVIDRequest { Audience = { "a" } }, Workload.Options, CancellationToken.None);
        tokens.Svids.Should().ContainSingle().Which.SpiffeId.Should().EndWith("/wl/1");
    }

    [Fact]
    public async Task Workload_EntryFederates_GetsTheOtherBundleAndItsChanges()
    {
        await Spire.StartServerAsync();
        var other = TrustDomain.Parse("other.test");
        TrustBundle Bundle(int authorities) => new()
        {
            TrustDomain = other,
            SequenceNumber = (ulong)authorities,
            X509Authorities = [.. Enumerable.Range(0, authorities).Select(_ => new X509Authority(
                CertificateAuthority.CreateSelfSigned(other, Keys.Create(), Clock.GetUtcNow(), TimeSpan.FromHours(1)).Certificate.Der))],
        };
        Spire.Federated["other.test"] = Bundle(1);
        var entry = Spire.AddEntry("/wl/one", Workload.Me);
        Spire.UpdateEntry(entry.Id, changed => changed.FederatesWith.Add("other.test"));
        var agent = await ServeAsync();
        using var workload = new Workload(agent.SocketPath);
        await using var stream = workload.FollowSvids();
        var before = await NextAsync(agent, stream);

        Spire.Federated["other.test"] = Bundle(2);
        var after = await NextAsync(agent, stream);

        DecodedCertificate.Split(before.FederatedBundles["spiffe://other.test"].Memory).Should().HaveCount(1);
        DecodedCertificate.Split(after.FederatedBundles["spiffe://other.test"].Memory).Should().HaveCount(2);
        after.Svids[0].X509Svid.Should().Equal(before.Svids[0].X509Svid);
    }

    [Fact]
    public async Task Agent_FederatedBundleIsMissing_SyncsTheRest()
    {
        await Spire.StartServerAsync();
        var entry = Spire.AddEntry("/wl/one", Workload.Me);
        Spire.UpdateEntry(entry.Id, changed => changed.FederatesWith.Add("nowhere.test"));

        var agent = await ServeAsync();

        agent.Log.Should().Contain("Federated bundle not found");
        using var workload = new Workload(agent.SocketPath);
        (await workload.FetchSvidsAsync()).FederatedBundles.Should().BeEmpty();
    }

    [Fact]
    public async Task Agent_ToldToFetchAllEntries_DoesNotAskForChanges()
    {
        var agent = await ServeAsync(settings => settings with { AsksForChanges = false });

        await SyncsAsync(agent, 1);

        Spire.Count("SyncAuthorizedEntries").Should().Be(0);
        Spire.Count("GetAuthorizedEntries").Should().BeGreaterThan(1);
    }

    private static async Task<TResponse> NextAsync<TResponse>(AgentRun agent, ServerStreamCall<TResponse> stream)
        where TResponse : class, Google.Protobuf.IMessage<TResponse>, new()
    {
        var next = stream.ReadAsync(CancellationToken.None).AsTask();
        await agent.UntilAsync(() => next.IsCompleted, Soon);
        return (await next)!;
    }

    private IEnumerable<BatchNewX509SVIDRequest> Batches() =>
        Spire.Calls.Where(call => call.Name == "BatchNewX509SVID").SelectMany(call => call.Requests).Cast<BatchNewX509SVIDRequest>();

    private List<int> SignedAtOnce() => [.. Batches().Select(request => request.Params.Count)];

    private List<string> Signed() => [.. Batches().SelectMany(request => request.Params).Select(parameters => parameters.EntryId)];
}
