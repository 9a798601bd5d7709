using System.Net;
using Validation.Environments.Local.Impairing;
using Validation.Environments.Local.Network;
using Validation.Environments.Network;
using Validation.Environments.Tests.Kit;

namespace Validation.Environments.Tests.Network;

public sealed class NftScriptTests
{
    private static readonly AddressPair There = new(IPAddress.Parse("10.2.0.1"), IPAddress.Parse("10.3.0.1"));
    private static readonly AddressPair Back = new(IPAddress.Parse("10.3.0.1"), IPAddress.Parse("10.2.0.1"));

    [Fact]
    public void MakeTable_OfARouter_DropsWhereItForwardsAndCountsApart() =>
        Expectation.Matches("nft-table.txt", StarNetwork.Cuts.MakeTable);

    [Fact]
    public void MakeTable_OfAReceiver_DropsWhatItReceives() =>
        NftScript.Received.MakeTable.Should().Contain("type filter hook input priority filter").And.NotContain("forward")
            .And.Contain("ip saddr . ip daddr @leased", "a pod has one address, and others are other pods'");

    [Fact]
    public void Cut_OnePairIsCutAlready_RenewsItAndAddsTheOther()
    {
        var script = StarNetwork.Cuts.Lease([There, Back], new HashSet<AddressPair> { Back }, TimeSpan.FromSeconds(10));

        Expectation.Matches("nft-cut.txt", script);
    }

    [Fact]
    public void Renew_TwoPairs_DeletesAndAddsEachInOneTransaction() =>
        Expectation.Matches("nft-renew.txt", StarNetwork.Cuts.Renew([There, Back], TimeSpan.FromSeconds(10)));

    [Fact]
    public void Heal_CounterIsGoneAlready_DeletesOnlyWhatIsThere() =>
        Expectation.Matches("nft-heal.txt", StarNetwork.Cuts.Heal([There, Back], [There]));

    [Fact]
    public void MakeTable_WithPorts_MarksByPairAndByEitherPort() =>
        Expectation.Matches("nft-detour.txt", Detour.Marking.MakeTable);

    [Fact]
    public void Lease_OfAPort_IsInTheSetsWithPorts() =>
        Detour.Marking.Lease([There with { Port = 8081 }], new HashSet<AddressPair>(), TimeSpan.FromSeconds(10)).Should().Be(
            """
            add element inet validation_detour hits_port { 10.2.0.1 . 10.3.0.1 . 8081 }
            add element inet validation_detour leased_port { 10.2.0.1 . 10.3.0.1 . 8081 timeout 10000ms }

            """);
}
