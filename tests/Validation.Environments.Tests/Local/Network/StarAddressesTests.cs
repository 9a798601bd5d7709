using System.Net;
using Validation.Environments.Local.Network;

namespace Validation.Environments.Tests.Local.Network;

public sealed class StarAddressesTests
{
    [Theory]
    [InlineData(0, "10.2.0.1")]
    [InlineData(249, "10.251.0.1")]
    public void Of_IndexWithinTheStar_FollowsTheRouter(int index, string expected) =>
        StarAddresses.Of(index).Should().Be(IPAddress.Parse(expected));

    [Fact]
    public void Of_OneNodeTooMany_IsRefused()
    {
        var addressing = () => StarAddresses.Of(250);

        addressing.Should().Throw<ArgumentOutOfRangeException>();
    }

    [Theory]
    [InlineData(0, "10.9.0.2")]
    [InlineData(254, "10.9.1.0")]
    [InlineData(65_533, "10.9.255.255")]
    [InlineData(65_534, "10.9.0.2")]
    public void Other_AddressOfANode_BelongsToItAndIsNotItsOwn(uint number, string expected) =>
        StarAddresses.Other(IPAddress.Parse("10.9.0.1"), number).Should().Be(IPAddress.Parse(expected));

    [Theory]
    [InlineData(0x0A090001, 0x0A090001)]
    [InlineData(0x0A09FFFF, 0x0A090001)]
    [InlineData(0x0A0A0000, 0x0A0A0001)]
    public void NodeOf_AnyOfItsAddresses_IsItsOwn(uint address, uint node) => StarAddresses.NodeOf(address).Should().Be(node);
}
