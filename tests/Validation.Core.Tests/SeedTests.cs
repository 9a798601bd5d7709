namespace Validation.Core.Tests;

public class SeedTests
{
    [Fact]
    public void StreamFor_SameSeedAndPurpose_DrawsTheSame() =>
        Draws(new Seed(42), "fault a target").Should().Equal(Draws(new Seed(42), "fault a target"));

    [Fact]
    public void StreamFor_AnotherSeed_DrawsSomethingElse() =>
        Draws(new Seed(42), "fault a target").Should().NotEqual(Draws(new Seed(43), "fault a target"));

    [Fact]
    public void StreamFor_AnotherPurpose_DrawsSomethingElse() =>
        Draws(new Seed(42), "fault a target").Should().NotEqual(Draws(new Seed(42), "fault b target"));

    [Fact]
    public void StreamFor_OnEveryMachine_DrawsTheseNumbers() =>
        Draws(new Seed(1), "a").Should().Equal([719, 781, 673], "a seed from a report of last year must still mean the same");

    private static int[] Draws(Seed seed, string purpose)
    {
        var stream = seed.StreamFor(purpose);
        return [stream.Next(1_000), stream.Next(1_000), stream.Next(1_000)];
    }
}
