using Spire.Wire.Certificates;

namespace Spire.Wire.Tests.Certificates;

public sealed class SpiffeIdTests
{
    [Theory]
    [InlineData("spiffe://example.org", "example.org", "")]
    [InlineData("spiffe://example.org/a", "example.org", "/a")]
    [InlineData("spiffe://a-b.c_d.9/Path/with-all.kinds_of/3", "a-b.c_d.9", "/Path/with-all.kinds_of/3")]
    [InlineData("spiffe://example.org/...", "example.org", "/...")]
    public void Id_ThatIsOne_IsReadAndWrittenBack(string text, string trustDomain, string path)
    {
        var id = SpiffeId.Parse(text);

        id.TrustDomain.Name.Should().Be(trustDomain);
        id.Path.Should().Be(path);
        id.ToString().Should().Be(text);
        SpiffeId.FromApi(id.ToApi()).Should().Be(id);
    }

    [Theory]
    [InlineData("", "cannot be empty")]
    [InlineData("http://example.org/a", "scheme is missing or invalid")]
    [InlineData("SPIFFE://example.org/a", "scheme is missing or invalid")]
    [InlineData("spiffe:/example.org/a", "scheme is missing or invalid")]
    [InlineData("spiffe://", "trust domain is missing")]
    [InlineData("spiffe:///path", "trust domain is missing")]
    [InlineData("spiffe://Example.org/a", "trust domain characters are limited to lowercase letters, numbers, dots, dashes, and underscores")]
    [InlineData("spiffe://example.org:8081/a", "trust domain characters are limited to lowercase letters, numbers, dots, dashes, and underscores")]
    [InlineData("spiffe://user@example.org/a", "trust domain characters are limited to lowercase letters, numbers, dots, dashes, and underscores")]
    [InlineData("spiffe://example.org/", "path cannot have a trailing slash")]
    [InlineData("spiffe://example.org/a/", "path cannot have a trailing slash")]
    [InlineData("spiffe://example.org//a", "path cannot contain empty segments")]
    [InlineData("spiffe://example.org/./a", "path cannot contain dot segments")]
    [InlineData("spiffe://example.org/a/..", "path cannot contain dot segments")]
    [InlineData("spiffe://example.org/a b", "path segment characters are limited to letters, numbers, dots, dashes, and underscores")]
    [InlineData("spiffe://example.org/a?b", "path segment characters are limited to letters, numbers, dots, dashes, and underscores")]
    [InlineData("spiffe://example.org/%41", "path segment characters are limited to letters, numbers, dots, dashes, and underscores")]
    public void Id_ThatIsNone_IsRefusedWithTheReason(string text, string reason)
    {
        SpiffeId.TryParse(text, out _, out var problem).Should().BeFalse();

        problem.Should().Be(reason);
    }

    [Fact]
    public void Id_MayBe2048BytesLongAndNoLonger()
    {
        var longest = "spiffe://example.org/" + new string('x', 2048 - 21);

        SpiffeId.TryParse(longest, out _, out _).Should().BeTrue();
        SpiffeId.TryParse(longest + "x", out _, out var problem).Should().BeFalse();
        problem.Should().Contain("2048");
    }

    [Theory]
    [InlineData("example.org", "example.org")]
    [InlineData("spiffe://example.org", "example.org")]
    [InlineData("spiffe://example.org/workload", "example.org")]
    public void TrustDomain_IsReadFromItsNameOrFromAnyIdInIt(string text, string name)
    {
        TrustDomain.Parse(text).Name.Should().Be(name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Example.org")]
    [InlineData("example.org/a")]
    [InlineData("https://example.org")]
    public void TrustDomain_OfAnythingElse_IsRefused(string text)
    {
        var parse = () => TrustDomain.Parse(text);

        parse.Should().Throw<FormatException>();
    }

    [Fact]
    public void TrustDomain_MayBe255CharactersLongAndNoLonger()
    {
        TrustDomain.TryParse(new string('x', 255), out _, out _).Should().BeTrue();
        TrustDomain.TryParse(new string('x', 256), out _, out _).Should().BeFalse();
    }

    [Theory]
    [InlineData("/workload", false, false)]
    [InlineData("/spire", true, false)]
    [InlineData("/spire/server", true, false)]
    [InlineData("/spire/agent", true, false)]
    [InlineData("/spire/agent/x", true, true)]
    [InlineData("/spirex", false, false)]
    [InlineData("/spire/agents", true, false)]
    public void Id_KnowsWhetherItIsSpiresOwn(string path, bool isReserved, bool isAgent)
    {
        var id = SpiffeId.Of(Recording.TrustDomain, path);

        id.IsReserved.Should().Be(isReserved);
        id.IsAgent.Should().Be(isAgent);
    }
}
