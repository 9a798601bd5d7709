using System.Net;
using Validation.Environments.Local.Network;

namespace Validation.Environments.Tests.Local.Network;

public class V6AddressesTests
{
    [Fact]
    public void Parse_AddressesOfLinkAndHost_AreNoneThatLeadAnywhere()
    {
        V6Addresses.Parse(
        [
            "fe8000000000000000fc00fffe000001 04 40 20 80     eth0",
            "fd000000000000000000000000000002 04 40 00 82     eth0",
            "00000000000000000000000000000001 01 80 10 80       lo",
        ]).Should().Equal(IPAddress.Parse("fd00::2"));
    }

    [Fact]
    public void Read_KernelWithoutIPv6_HasNone() => V6Addresses.Read("/proc/does-not-exist").Should().BeEmpty();
}
