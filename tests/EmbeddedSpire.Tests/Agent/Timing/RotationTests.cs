using EmbeddedSpire.Agent.Timing;

namespace EmbeddedSpire.Tests.Agent.Timing;

public sealed class RotationTests
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = Begin + TimeSpan.FromHours(1);

    private readonly Rotation _rotation = new(new Jitter(new Random(1)));

    [Theory]
    [InlineData(0, false)]
    [InlineData(26.9, false)]
    [InlineData(33.1, true)]
    [InlineData(60, true)]
    [InlineData(90, true)]
    public void X509_OutsideTheTenPerCent_IsCertain(double minutes, bool expected)
    {
        for (var i = 0; i < 100; i++)
        {
            _rotation.IsX509Due(Begin, End, Begin + TimeSpan.FromMinutes(minutes)).Should().Be(expected);
            _rotation.IsJwtDue(Begin, End, Begin + TimeSpan.FromMinutes(minutes)).Should().Be(expected);
        }
    }

    [Fact]
    public void X509_AtHalfOfItsLife_IsDrawnAnewAtEachLook()
    {
        var looks = Enumerable.Range(0, 1000).Count(_ => _rotation.IsX509Due(Begin, End, Begin + TimeSpan.FromMinutes(30)));

        looks.Should().BeInRange(400, 600);
    }

    [Fact]
    public void X509_LookedAtEveryFiveSeconds_IsReplacedSoonAfterTheEarliestInstant()
    {
        // SPIRE's looks bunch: a virtual agent that drew once would spread evenly from 27 to 33 min.
        var minutes = Enumerable.Range(0, 200).Select(_ => FirstDue().TotalMinutes).ToList();

        minutes.Average().Should().BeInRange(27.5, 28.5);
        minutes.Max().Should().BeLessThan(31);
    }

    [Fact]
    public void X509_WithAnAvailabilityTarget_IsDueThatLongBeforeItsEnd()
    {
        var rotation = new Rotation(new Jitter(new Random(1)), TimeSpan.FromHours(24));
        var end = Begin + TimeSpan.FromHours(72);

        rotation.IsX509Due(Begin, end, end - TimeSpan.FromHours(40)).Should().BeFalse("half of its life is not over");
        rotation.IsX509Due(Begin, Begin + TimeSpan.FromHours(100), Begin + TimeSpan.FromHours(100) - TimeSpan.FromHours(23)).Should().BeTrue();
        rotation.IsTargetOutOfReach(Begin, end).Should().BeFalse();
    }

    [Theory]
    [InlineData(36, true)]
    [InlineData(36.1, false)]
    public void X509_LifeThatLeavesTooLittleBesidesTheTarget_IgnoresIt(double hours, bool isOutOfReach)
    {
        var rotation = new Rotation(new Jitter(new Random(1)), TimeSpan.FromHours(24));
        var end = Begin + TimeSpan.FromHours(hours);

        rotation.IsTargetOutOfReach(Begin, end).Should().Be(isOutOfReach);
        rotation.IsX509Due(Begin, end, end - TimeSpan.FromHours(23.9)).Should().Be(!isOutOfReach);
    }

    [Fact]
    public void X509_WithoutATarget_ReachesIt()
    {
        _rotation.IsTargetOutOfReach(Begin, Begin + TimeSpan.FromMinutes(1)).Should().BeFalse();
    }

    private TimeSpan FirstDue()
    {
        var age = TimeSpan.Zero;
        while (!_rotation.IsX509Due(Begin, End, Begin + age))
        {
            age += TimeSpan.FromSeconds(5);
        }

        return age;
    }
}
