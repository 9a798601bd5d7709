using EmbeddedSpire.Agent.Caching;
using EmbeddedSpire.Metrics;
using Spire.Wire.Certificates;

namespace EmbeddedSpire.Tests.Agent.Caching;

public sealed class JwtCacheTests
{
    private static readonly SpiffeId Id = SpiffeId.Parse("spiffe://bench.test/wl/one");

    private readonly ManualClock _clock = new();

    [Fact]
    public void Find_SameAudiencesInAnotherOrder_FindsTheToken()
    {
        var cache = NewCache(0);
        cache.Store(Id, ["b", "a"], Token("one"));

        cache.Find(Id, ["a", "b"])!.Token.Should().Be("one");
        cache.Find(Id, ["a"]).Should().BeNull();
        cache.Find(SpiffeId.Parse("spiffe://bench.test/wl/two"), ["a", "b"]).Should().BeNull();
    }

    [Fact]
    public void Store_NoRoom_DropsTheOneNotUsedForLongest()
    {
        var cache = NewCache(2);
        cache.Store(Id, ["a"], Token("a"));
        cache.Store(Id, ["b"], Token("b"));
        cache.Find(Id, ["a"]);

        cache.Store(Id, ["c"], Token("c"));

        cache.Count.Should().Be(2);
        cache.Find(Id, ["b"]).Should().BeNull();
        cache.Find(Id, ["a"]).Should().NotBeNull();
    }

    [Fact]
    public void Store_TokenForTheSameAudience_TakesTheOldOnesPlace()
    {
        var cache = NewCache(2);
        cache.Store(Id, ["a"], Token("old"));
        cache.Store(Id, ["b"], Token("b"));

        cache.Store(Id, ["a"], Token("new"));

        cache.Find(Id, ["a"])!.Token.Should().Be("new");
        cache.Find(Id, ["b"]).Should().NotBeNull();
    }

    [Fact]
    public void DropTainted_SomeTokens_LeavesTheOthers()
    {
        var cache = NewCache(0);
        cache.Store(Id, ["a"], Token("bad"));
        cache.Store(Id, ["b"], Token("good"));

        cache.DropTainted(token => token.Token == "bad").Should().Be(1);

        cache.Find(Id, ["a"]).Should().BeNull();
        cache.Find(Id, ["b"]).Should().NotBeNull();
    }

    [Theory]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    public void Token_AtItsEnd_IsExpired(int seconds, bool isExpired)
    {
        var token = Token("one");

        token.IsExpired(token.ExpiresAt.AddSeconds(seconds)).Should().Be(isExpired);
    }

    private JwtCache NewCache(int limit) => new(limit, new MetricRegistry(new MetricSettings(), "spire_agent", "bench.test", _clock));

    private CachedToken Token(string text) => new(text, _clock.GetUtcNow(), _clock.GetUtcNow().AddMinutes(5));
}
