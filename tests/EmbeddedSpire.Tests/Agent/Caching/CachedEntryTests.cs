using EmbeddedSpire.Agent.Caching;
using Spire.Wire.Contracts.Types;

namespace EmbeddedSpire.Tests.Agent.Caching;

public sealed class CachedEntryTests
{
    public static TheoryData<string, Action<Entry>, string> Malformed => new()
    {
        { "no id", entry => entry.Id = string.Empty, "missing entry ID" },
        { "no SPIFFE id", entry => entry.SpiffeId = null, "invalid SPIFFE ID: response missing SPIFFE ID" },
        { "bad path", entry => entry.SpiffeId.Path = "no-slash", "invalid SPIFFE ID: *" },
        { "no selectors", entry => entry.Selectors.Clear(), "selector list is empty" },
        { "no type", entry => entry.Selectors[0].Type = string.Empty, "missing selector type" },
        { "colon in type", entry => entry.Selectors[0].Type = "a:b", "selector type contains ':'" },
        { "no value", entry => entry.Selectors[0].Value = string.Empty, "missing selector value" },
        { "bad trust domain", entry => entry.FederatesWith.Add("NOT A NAME"), "invalid federated trust domain: *" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void FromApi_MalformedEntry_SaysWhatIsWrong(string what, Action<Entry> spoil, string expected)
    {
        var entry = Good();
        spoil(entry);

        var read = () => CachedEntry.FromApi(entry);

        read.Should().Throw<FormatException>(what).WithMessage(expected);
    }

    [Fact]
    public void FromApi_GoodEntry_KeepsWhatAnAgentNeeds()
    {
        var entry = CachedEntry.FromApi(Good());

        entry.SpiffeId.ToString().Should().Be("spiffe://bench.test/wl/one");
        entry.Selectors.Should().Equal(new WorkloadSelector("unix", "uid:0"));
        entry.IsOnDemand.Should().BeTrue();
    }

    [Theory]
    [InlineData(3, 100, false)]
    [InlineData(4, 100, true)]
    [InlineData(3, 101, true)]
    [InlineData(3, 0, false)]
    public void IsStale_AnotherRevisionOrAnotherEntryWithTheSameId(long revision, long createdAt, bool expected)
    {
        CachedEntry.FromApi(Good()).IsStale(revision, createdAt).Should().Be(expected);
    }

    private static Entry Good() => new()
    {
        Id = "one",
        SpiffeId = new SPIFFEID { TrustDomain = "bench.test", Path = "/wl/one" },
        Selectors = { new Selector { Type = "unix", Value = "uid:0" } },
        RevisionNumber = 3,
        CreatedAt = 100,
        AdditionalAttributes = new Entry.Types.AdditionalAttributes { DisableX509SvidPrefetch = true },
    };
}
