namespace Validation.Core.Tests;

public class NearestWordTests
{
    private static readonly string[] Faults = ["kill", "stop", "pause", "partition", "database-failover", "database-switchover"];

    [Theory]
    [InlineData("kil", "kill")]
    [InlineData("partiton", "partition")]
    [InlineData("Pause", "pause")]
    [InlineData("databse-failover", "database-failover")]
    [InlineData("sotp", "stop")]
    public void To_ASlip_FindsTheWord(string written, string meant) => NearestWord.To(written, Faults).Should().Be(meant);

    [Theory]
    [InlineData("earthquake")]
    [InlineData("x")]
    public void To_SomethingElse_FindsNothing(string written) => NearestWord.To(written, Faults).Should().BeNull();

    [Fact]
    public void To_NothingIsKnown_FindsNothing() => NearestWord.To("kill", []).Should().BeNull();

    [Fact]
    public void Suggestion_ASlip_IsASentence() => NearestWord.Suggestion("kil", Faults).Should().Be(" Did you mean 'kill'?");
}
