using EmbeddedSpire.Server.Calls;

namespace EmbeddedSpire.Tests.Server.Calls;

public sealed class TokenBucketTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public void Bucket_Full_GivesAtOnce() => new TokenBucket(10, _clock).Take(10, TimeSpan.Zero).Should().Be(TimeSpan.Zero);

    [Fact]
    public void Bucket_Empty_MakesEverybodyWaitForTheirTurn()
    {
        var bucket = new TokenBucket(1, _clock);
        bucket.Take(1, null).Should().Be(TimeSpan.Zero);

        bucket.Take(1, null).Should().Be(TimeSpan.FromSeconds(1));
        bucket.Take(1, null).Should().Be(TimeSpan.FromSeconds(2));
        bucket.Take(1, null).Should().Be(TimeSpan.FromSeconds(3));
    }

    [Fact]
    public void Bucket_WhereTheWaitIsTooLong_TakesNothing()
    {
        var bucket = new TokenBucket(1, _clock);
        bucket.Take(1, null);

        bucket.Take(1, TimeSpan.FromSeconds(0.9)).Should().BeNull();
        bucket.Take(1, TimeSpan.FromSeconds(1)).Should().Be(TimeSpan.FromSeconds(1), "the refused one is not in the line");
    }

    [Fact]
    public void Bucket_LeftAlone_FillsUpToItsSizeOnly()
    {
        var bucket = new TokenBucket(10, _clock);
        bucket.Take(10, null);
        bucket.IsFull.Should().BeFalse();

        _clock.Advance(TimeSpan.FromHours(1));

        bucket.IsFull.Should().BeTrue();
        bucket.Take(10, null).Should().Be(TimeSpan.Zero);
        bucket.Take(1, null).Should().Be(TimeSpan.FromSeconds(0.1));
    }

    [Fact]
    public void Bucket_GivenBackTo_LetsTheNextOneGo()
    {
        var bucket = new TokenBucket(1, _clock);
        bucket.Take(1, null);
        bucket.GiveBack(1);

        bucket.Take(1, null).Should().Be(TimeSpan.Zero);
    }
}
