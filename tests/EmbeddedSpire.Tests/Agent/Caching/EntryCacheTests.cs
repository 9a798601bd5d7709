using EmbeddedSpire.Agent.Caching;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Metrics;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Tests.Agent.Caching;

public sealed class EntryCacheTests
{
    private static readonly TrustDomain Own = TrustDomain.Parse("bench.test");
    private static readonly TrustDomain Other = TrustDomain.Parse("other.test");
    private static readonly WorkloadSelector A = new("unix", "uid:1");
    private static readonly WorkloadSelector B = new("unix", "gid:2");
    private static readonly WorkloadSelector C = new("unix", "gid:3");

    private readonly ManualClock _clock = new();
    private readonly CertificateAuthority _authority;
    private readonly EntryCache _cache;
    private readonly Dictionary<string, CachedEntry> _entries = [];
    private TrustBundle _bundle;

    public EntryCacheTests()
    {
        _authority = CertificateAuthority.CreateSelfSigned(Own, Keys.Create(), _clock.GetUtcNow(), TimeSpan.FromHours(1));
        _bundle = new TrustBundle { TrustDomain = Own, X509Authorities = [new X509Authority(_authority.Certificate.Der)], SequenceNumber = 1 };
        _cache = NewCache(limit: 0);
    }

    [Fact]
    public void Matching_EntriesWhoseSelectorsAreAllTrue_InTheOrderOfTheirIds()
    {
        Add("3", A);
        Add("1", A, B);
        Add("2", A, C);
        Add("4", C);
        Update();

        _cache.Matching(Set(A, B)).Select(entry => entry.Id).Should().Equal("1", "3");
        _cache.Matching(Set(B)).Should().BeEmpty();
    }

    [Fact]
    public void Update_NewEntries_AreStaleUpToTheLimit()
    {
        var cache = NewCache(limit: 3);
        for (var i = 0; i < 5; i++)
        {
            Add($"{i}", A);
        }

        Update(cache);

        cache.Stale().Should().HaveCount(3).And.OnlyContain(stale => stale.ExpiresAt == null);
    }

    [Fact]
    public void Store_MoreThanTheLimitWithoutSubscribers_DropsThoseNotWantedForLongest()
    {
        var cache = NewCache(limit: 2);
        Add("1", A);
        Add("2", B);
        Update(cache);
        Sign(cache);
        _clock.Advance(TimeSpan.FromSeconds(1));
        cache.Subscribe(Set(B)).Dispose();
        _clock.Advance(TimeSpan.FromSeconds(1));
        Add("3", C);
        using var subscription = cache.Subscribe(Set(C));
        Update(cache);
        Sign(cache);

        Update(cache);

        cache.IdsWithSvid().Should().BeEquivalentTo("2", "3");
    }

    [Fact]
    public void Update_SvidsOfSubscribers_StayAboveTheLimit()
    {
        var cache = NewCache(limit: 1);
        Add("1", A);
        Add("2", A);
        using var subscription = cache.Subscribe(Set(A));
        Update(cache);
        Sign(cache);

        Update(cache);

        cache.SvidCount.Should().Be(2);
    }

    [Fact]
    public void Update_RevisedEntry_IsStaleAndKeepsItsSvidMeanwhile()
    {
        Add("1", A);
        Update();
        Sign(_cache);

        _entries["1"] = _entries["1"] with { RevisionNumber = 1 };
        Update();

        _cache.Stale().Should().ContainSingle().Which.ExpiresAt.Should().NotBeNull();
        _cache.UpdateFor(Set(A)).Identities.Should().ContainSingle();
    }

    [Fact]
    public void Update_SvidThatIsDue_IsStale()
    {
        Add("1", A);
        Update();
        Sign(_cache);

        _cache.Update(_entries, [_bundle], _ => true);

        _cache.Stale().Should().ContainSingle();
    }

    [Fact]
    public void Update_EntryIsGone_TakesItsSvidAlong()
    {
        Add("1", A);
        Update();
        Sign(_cache);

        _entries.Clear();
        Update();

        _cache.SvidCount.Should().Be(0);
        _cache.Stale().Should().BeEmpty();
        _cache.UpdateFor(Set(A)).Identities.Should().BeEmpty();
    }

    [Fact]
    public void Store_SvidOfAnEntryThatIsGone_IsDropped()
    {
        _cache.Store(new Dictionary<string, WorkloadSvid> { ["gone"] = NewSvid() });

        _cache.SvidCount.Should().Be(0);
    }

    [Fact]
    public async Task Subscription_ChangeForItsSelectors_IsToldOnce()
    {
        Add("1", A);
        Update();
        Sign(_cache);
        using var subscription = _cache.Subscribe(Set(A, B));
        using var stranger = _cache.Subscribe(Set(C));

        Sign(_cache);
        Add("2", B);
        Update();

        (await subscription.NextAsync(CancellationToken.None)).Identities.Should().ContainSingle();
        IsTold(subscription).Should().BeFalse("two changes that nobody has read are one");
        IsTold(stranger).Should().BeFalse();
    }

    [Fact]
    public void Subscription_EntryChangesItsSelectors_TellsThoseOfBefore()
    {
        Add("1", A);
        Update();
        using var before = _cache.Subscribe(Set(A));
        using var after = _cache.Subscribe(Set(B));

        Add("1", B);
        Update();

        IsTold(before).Should().BeTrue();
        IsTold(after).Should().BeTrue();
    }

    [Fact]
    public void Subscription_OwnBundleChanges_TellsEverybody()
    {
        using var stranger = _cache.Subscribe(Set(C));

        _bundle = _bundle with { SequenceNumber = 2 };
        Update();

        IsTold(stranger).Should().BeTrue();
    }

    [Fact]
    public void Subscription_FederatedBundleChanges_TellsThoseWhoseEntriesFederate()
    {
        Add("1", A);
        Add("2", B);
        _entries["1"] = _entries["1"] with { FederatesWith = [Other] };
        Update(_cache, Federated(1));
        Sign(_cache);
        using var federated = _cache.Subscribe(Set(A));
        using var other = _cache.Subscribe(Set(B));

        Update(_cache, Federated(2));

        IsTold(federated).Should().BeTrue();
        IsTold(other).Should().BeFalse();
        _cache.UpdateFor(Set(A)).FederatedBundles.Should().ContainSingle().Which.SequenceNumber.Should().Be(2);
        _cache.UpdateFor(Set(B)).FederatedBundles.Should().BeEmpty();
    }

    [Fact]
    public void Update_WithoutTheOwnBundle_KeepsTheLastOne()
    {
        _cache.Update(_entries, [], _ => false);

        _cache.Bundle.Should().BeSameAs(_bundle);
    }

    [Fact]
    public void TryBegin_SomeSvidsAreMissing_WaitsForAll()
    {
        Add("1", A);
        Add("2", A);
        Update();
        using var subscription = _cache.Subscribe(Set(A));
        _cache.Store(new Dictionary<string, WorkloadSvid> { ["1"] = NewSvid() });

        _cache.TryBegin(subscription).Should().BeFalse();
        Sign(_cache);
        _cache.TryBegin(subscription).Should().BeTrue();
    }

    [Fact]
    public void Subscription_Disposed_IsToldNothing()
    {
        var subscription = _cache.Subscribe(Set(A));
        subscription.Dispose();
        subscription.Dispose();

        Add("1", A);
        Update();

        IsTold(subscription).Should().BeFalse();
    }

    [Fact]
    public void DropTainted_SomeSvids_AreMissingAndMarkedAgain()
    {
        Add("1", A);
        Add("2", B);
        Update();
        Sign(_cache);

        _cache.DropTainted(["1"], _ => true).Should().Be(1);
        _cache.MarkWanted();

        _cache.Stale().Select(stale => stale.Entry.Id).Should().Equal("1");
    }

    private static HashSet<WorkloadSelector> Set(params WorkloadSelector[] selectors) => [.. selectors];

    private static bool IsTold(Subscription subscription)
    {
        using var now = new CancellationTokenSource();
        var next = subscription.NextAsync(now.Token);
        var isTold = next.IsCompletedSuccessfully;
        now.Cancel();
        return isTold;
    }

    private static TrustBundle Federated(ulong number) => new() { TrustDomain = Other, SequenceNumber = number };

    private EntryCache NewCache(int limit) => new(
        _bundle,
        limit,
        _clock,
        new MetricRegistry(new MetricSettings(), "spire_agent", Own.Name, _clock),
        new Logger(new LogSink(TextWriter.Null, new LogSettings(), _clock)));

    private void Add(string id, params WorkloadSelector[] selectors) => _entries[id] = new CachedEntry
    {
        Id = id,
        SpiffeId = SpiffeId.Of(Own, $"/wl/{id}"),
        Selectors = Set(selectors),
    };

    private void Update() => Update(_cache);

    private void Update(EntryCache cache, params TrustBundle[] federated) => cache.Update(_entries, [_bundle, .. federated], _ => false);

    private void Sign(EntryCache cache) => cache.Store(
        cache.IdsWithSvid().Concat(cache.Stale().Select(stale => stale.Entry.Id)).Distinct().ToDictionary(id => id, _ => NewSvid()));

    private WorkloadSvid NewSvid()
    {
        using var key = Keys.Create();
        return new WorkloadSvid(
            _authority.IssueSvid(key.ExportSubjectPublicKeyInfo(), SpiffeId.Of(Own, "/wl"), [], _clock.GetUtcNow(), TimeSpan.FromMinutes(10)), key.ExportPkcs8PrivateKey());
    }
}
