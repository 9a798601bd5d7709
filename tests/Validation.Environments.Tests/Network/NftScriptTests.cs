using System.Net;
using Validation.Environments.Network;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Network;

public sealed class NftScriptTests
{
    private static readonly AddressPair There = new(IPAddress.Parse("10.77.0.2"), IPAddress.Parse("10.77.0.3"));
    private static readonly AddressPair Back = new(IPAddress.Parse("10.77.0.3"), IPAddress.Parse("10.77.0.2"));

    [Fact]
    public void MakeTable_OfARouter_DropsWhereItForwardsAndCountsApart() =>
        Expectation.Matches("nft-table.txt", NftScript.MakeTable(NftScript.Forwarded));

    [Fact]
    public void MakeTable_OfAReceiver_DropsWhatItReceives() =>
        NftScript.MakeTable(NftScript.Received).Should().Contain("type filter hook input priority filter").And.NotContain("forward");

    [Fact]
    public void Cut_OnePairIsCutAlready_RenewsItAndAddsTheOther()
    {
        var script = NftScript.Cut([There, Back], new HashSet<AddressPair> { Back }, TimeSpan.FromSeconds(10));

        Expectation.Matches("nft-cut.txt", script);
    }

    [Fact]
    public void Renew_TwoPairs_DeletesAndAddsEachInOneTransaction() =>
        Expectation.Matches("nft-renew.txt", NftScript.Renew([There, Back], TimeSpan.FromSeconds(10)));

    [Fact]
    public void Heal_CounterIsGoneAlready_DeletesOnlyWhatIsThere() =>
        Expectation.Matches("nft-heal.txt", NftScript.Heal([There, Back], [There]));
}
