using System.Net;
using Validation.Environments.Local.Network;

namespace Validation.Environments.Tests.Local.Network;

public sealed class StarAddressesTests
{
    [Theory]
    [InlineData(0, "10.77.0.2")]
    [InlineData(249, "10.77.0.251")]
    public void Of_IndexWithinTheStar_FollowsTheRouter(int index, string expected) =>
        StarAddresses.Of(index).Should().Be(IPAddress.Parse(expected));

    [Fact]
    public void Of_OneNodeTooMany_IsRefused()
    {
        var addressing = () => StarAddresses.Of(250);

        addressing.Should().Throw<ArgumentOutOfRangeException>();
    }
}
