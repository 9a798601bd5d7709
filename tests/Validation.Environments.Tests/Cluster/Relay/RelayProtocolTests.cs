using System.Net;
using System.Net.Sockets;
using System.Text;
using Validation.Environments.Cluster.Relay;

namespace Validation.Environments.Tests.Cluster.Relay;

public sealed class RelayProtocolTests
{
    [Fact]
    public void Parse_WhatWasAsked_IsTheSameTarget()
    {
        RelayProtocol.Parse(RelayProtocol.Ask(new IPEndPoint(IPAddress.Parse("10.0.0.7"), 8081))).Should().Be(new IPEndPoint(IPAddress.Parse("10.0.0.7"), 8081));
        RelayProtocol.Parse(RelayProtocol.Ask(new UnixDomainSocketEndPoint("/run/a b/api.sock"))).Should().Be(new UnixDomainSocketEndPoint("/run/a b/api.sock"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("tcp ")]
    [InlineData("tcp 10.0.0.7")]
    [InlineData("tcp spire:8081")]
    [InlineData("unix run/api.sock")]
    [InlineData("udp 10.0.0.7:8081")]
    public void Parse_AnythingElse_IsNoTarget(string line) => RelayProtocol.Parse(line).Should().BeNull();

    [Fact]
    public async Task ReadLine_BytesFollow_LeavesThem()
    {
        var stream = new MemoryStream(Encoding.UTF8.GetBytes("ok\nPRI * HTTP/2.0\r\n"));

        (await RelayProtocol.ReadLineAsync(stream, CancellationToken.None)).Should().Be("ok");

        stream.Position.Should().Be(3);
    }

    [Theory]
    [InlineData("no end")]
    [InlineData("")]
    public async Task ReadLine_StreamEndsFirst_IsNone(string text) =>
        (await RelayProtocol.ReadLineAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), CancellationToken.None)).Should().BeNull();

    [Fact]
    public async Task ReadLine_LongerThanAnyOfOurs_IsNone() =>
        (await RelayProtocol.ReadLineAsync(new MemoryStream(Encoding.UTF8.GetBytes(new string('x', 600) + "\n")), CancellationToken.None)).Should().BeNull();
}
