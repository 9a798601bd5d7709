using System.IO.Pipelines;
using System.Net;
using System.Text;
using EmbeddedSpire.Server.Calls;
using Microsoft.AspNetCore.Connections;

namespace EmbeddedSpire.Tests.Server.Calls;

public sealed class ProxyProtocolTests
{
    private static readonly byte[] BinarySignature = "\r\n\r\n\0\r\nQUIT\n"u8.ToArray();

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.7 192.0.2.1 4711 8081\r\n", "192.0.2.7:4711")]
    [InlineData("PROXY TCP6 2001:db8::7 2001:db8::1 4711 8081\r\n", "[2001:db8::7]:4711")]
    [InlineData("PROXY UNKNOWN\r\n", "10.0.0.9:1")]
    [InlineData("", "10.0.0.9:1")]
    public async Task Connection_FromATrustedPeer_ComesFromWhomTheHeaderNames(string header, string source)
    {
        var connection = await ServeAsync("10.0.0.9", Encoding.ASCII.GetBytes(header + "\u0016tls"));

        connection.WasServed.Should().BeTrue();
        connection.Remote.Should().Be(source);
        connection.Rest.Should().Be("\u0016tls", "nothing of what follows is lost");
    }

    [Fact]
    public async Task Connection_WithABinaryHeader_ComesFromWhomItNames()
    {
        byte[] header = [.. BinarySignature, 0x21, 0x11, 0, 12, 192, 0, 2, 7, 192, 0, 2, 1, 0x12, 0x67, 0x1F, 0x91];

        var connection = await ServeAsync("10.0.0.9", [.. header, .. "rest"u8]);

        connection.Remote.Should().Be("192.0.2.7:4711");
        connection.Rest.Should().Be("rest");
    }

    [Fact]
    public async Task Connection_WithABinaryHeaderOfTheProxyItself_KeepsItsSource()
    {
        byte[] header = [.. BinarySignature, 0x20, 0, 0, 0];

        var connection = await ServeAsync("10.0.0.9", [.. header, .. "rest"u8]);

        connection.Remote.Should().Be("10.0.0.9:1");
        connection.Rest.Should().Be("rest");
    }

    [Theory]
    [InlineData("10.0.0.9", "PROXY TCP4 here there 1 2\r\n")]
    [InlineData("10.0.0.9", "PROXY SCTP 192.0.2.7 192.0.2.1 4711 8081\r\n")]
    [InlineData("11.0.0.9", "PROXY TCP4 192.0.2.7 192.0.2.1 4711 8081\r\n")]
    public async Task Connection_WithAMalformedHeaderOrFromAnybodyElse_IsEnded(string peer, string header)
    {
        var connection = await ServeAsync(peer, Encoding.ASCII.GetBytes(header + "rest"));

        connection.WasServed.Should().BeFalse();
        connection.WasAborted.Should().BeTrue();
    }

    [Fact]
    public async Task Connection_WithoutAHeaderFromAnybody_IsServed()
    {
        var connection = await ServeAsync("11.0.0.9", "\u0016tls"u8.ToArray());

        connection.WasServed.Should().BeTrue();
        connection.Remote.Should().Be("11.0.0.9:1");
    }

    [Fact]
    public async Task Connection_WhoseHeaderComesByteByByte_IsServed()
    {
        var bytes = Encoding.ASCII.GetBytes("PROXY TCP4 192.0.2.7 192.0.2.1 4711 8081\r\nrest");

        var connection = await ServeAsync("10.0.0.9", bytes, pieces: true);

        connection.Remote.Should().Be("192.0.2.7:4711");
        connection.Rest.Should().Be("rest");
    }

    [Fact]
    public async Task Connection_ThatSaysNothing_IsEndedAfterAWhile()
    {
        var clock = new ManualClock();
        var (connection, served) = Begin("10.0.0.9", clock);
        served.IsCompleted.Should().BeFalse();

        clock.Advance(TimeSpan.FromSeconds(11));

        await served.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
        connection.WasAborted.Should().BeTrue();
    }

    private static async Task<Connection> ServeAsync(string peer, byte[] bytes, bool pieces = false)
    {
        var (connection, served) = Begin(peer, TimeProvider.System);
        foreach (var piece in pieces ? bytes.Chunk(1) : [bytes])
        {
            await connection.Incoming.Writer.WriteAsync(piece);
            await Task.Yield();
        }

        await connection.Incoming.Writer.CompleteAsync();
        await served.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
        return connection;
    }

    private static (Connection Connection, Task Served) Begin(string peer, TimeProvider time)
    {
        var connection = new Connection { RemoteEndPoint = new IPEndPoint(IPAddress.Parse(peer), 1) };
        var proxy = new ProxyProtocol([IPNetwork.Parse("10.0.0.0/8")], time);
        return (connection, proxy.ServeAsync(connection, connection.NoteAsync));
    }

    private sealed class Connection : DefaultConnectionContext
    {
        public Connection() => Transport = new Duplex(Incoming.Reader, new Pipe().Writer);

        public Pipe Incoming { get; } = new();

        public bool WasServed { get; private set; }

        public bool WasAborted { get; private set; }

        public string? Remote { get; private set; }

        public string? Rest { get; private set; }

        public async Task NoteAsync(ConnectionContext connection)
        {
            WasServed = true;
            Remote = connection.RemoteEndPoint!.ToString();
            var rest = new MemoryStream();
            await connection.Transport.Input.CopyToAsync(rest);
            Rest = Encoding.ASCII.GetString(rest.ToArray());
        }

        public override void Abort(ConnectionAbortedException abortReason) => WasAborted = true;

        private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
    }
}
