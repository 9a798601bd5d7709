using System.Net;
using Validation.Environments.Network;

namespace Validation.Environments.Tests.Network;

public sealed class NftStateTests
{
    private const string Chains =
        """
        {"chain": {"family": "inet", "table": "validation", "name": "forward", "handle": 2, "type": "filter", "hook": "forward", "prio": 0, "policy": "accept"}},
        """;

    private static readonly AddressPair Pair = new(IPAddress.Parse("10.2.0.1"), IPAddress.Parse("10.3.0.1"));

    [Fact]
    public void Parse_SetsWithElements_ReadsPairsAndPackets()
    {
        var state = NftState.Parse(Listing(
            """
            {"set": {"family": "inet", "name": "leased", "table": "validation", "type": ["ipv4_addr", "ipv4_addr"], "handle": 3, "flags": ["timeout"], "elem": [{"elem": {"val": {"concat": ["10.2.0.1", "10.3.0.1"]}, "timeout": 10, "expires": 9}}]}},
            {"set": {"family": "inet", "name": "hits", "table": "validation", "type": ["ipv4_addr", "ipv4_addr"], "handle": 4, "elem": [{"elem": {"val": {"concat": ["10.2.0.1", "10.3.0.1"]}, "counter": {"packets": 7, "bytes": 420}}}], "stmt": [{"counter": null}]}},
            """));

        state.Leased.Should().Equal(Pair);
        state.Hits.Should().Equal(new Dictionary<AddressPair, long> { [Pair] = 7 });
    }

    [Fact]
    public void Parse_SetsWithPorts_ReadsThePort()
    {
        var state = NftState.Parse(Listing(
            """
            {"set": {"family": "inet", "name": "leased_port", "table": "validation", "type": ["ipv4_addr", "ipv4_addr", "inet_service"], "handle": 3, "flags": ["timeout"], "elem": [{"elem": {"val": {"concat": ["10.2.0.1", "10.3.0.1", 8081]}, "timeout": 10, "expires": 9}}]}},
            """));

        state.Leased.Should().Equal(Pair with { Port = 8081 });
    }

    [Fact]
    public void Parse_SetsWithoutElements_ReadsNothing()
    {
        var state = NftState.Parse(Listing(
            """
            {"set": {"family": "inet", "name": "leased", "table": "validation", "type": ["ipv4_addr", "ipv4_addr"], "handle": 3, "flags": ["timeout"]}},
            """));

        state.Leased.Should().BeEmpty();
        state.Hits.Should().BeEmpty();
    }

    [Fact]
    public void Rules_OtherHandlesOnly_AreTheSame() =>
        NftState.Parse(Listing(Rule(handle: 7, target: "dropped"))).Rules.Should().Be(NftState.Parse(Listing(Rule(handle: 99, target: "dropped"))).Rules);

    [Fact]
    public void Rules_AnotherStatement_AreDifferent() =>
        NftState.Parse(Listing(Rule(handle: 7, target: "dropped"))).Rules.Should().NotBe(NftState.Parse(Listing(Rule(handle: 7, target: "other"))).Rules);

    [Fact]
    public void Rules_RuleIsGone_AreDifferent() =>
        NftState.Parse(Listing(Rule(handle: 7, target: "dropped"))).Rules.Should().NotBe(NftState.Parse(Listing(string.Empty)).Rules);

    private static string Rule(int handle, string target) =>
        $$$"""
        {"rule": {"family": "inet", "table": "validation", "chain": "forward", "handle": {{{handle}}}, "expr": [{"goto": {"target": "{{{target}}}"}}]}},
        """;

    private static string Listing(string items) =>
        $$$"""{"nftables": [{{{Chains}}} {{{items}}} {"table": {"family": "inet", "name": "validation", "handle": 1}}]}""";
}
