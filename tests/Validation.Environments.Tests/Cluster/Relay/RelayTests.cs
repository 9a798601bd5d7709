using System.Net;
using System.Net.Sockets;
using System.Text;
using Validation.Environments.Cluster.Relay;
using Validation.Environments.Cluster.Tools;
using Validation.Environments.Tests.Cluster.Kit;
using Validation.TestKit;

namespace Validation.Environments.Tests.Cluster.Relay;

public sealed class RelayTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _ended = new();
    private readonly ManualClock _clock = new();
    private readonly RelayServer _relay = new(0, TimeProvider.System);
    private readonly Socket _echo = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<RecordedSession> _forwards = [];
    private readonly OpeningKubectl _kubectl;
    private readonly RelayClient _client;
    private Task _serving = Task.CompletedTask;
    private int _port;

    public RelayTests()
    {
        _kubectl = new OpeningKubectl(OpenForward);
        _client = new RelayClient(_kubectl, "workload-x7", _clock);
        _port = _relay.Port;
    }

    private IPEndPoint Echo => (IPEndPoint)_echo.LocalEndPoint!;

    public Task InitializeAsync()
    {
        _echo.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _echo.Listen();
        _serving = Task.WhenAll(_relay.RunAsync(_ended.Token), EchoAsync());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _ended.CancelAsync();
        await _serving;
        _relay.Dispose();
        _echo.Dispose();
    }

    [Fact]
    public async Task Dial_TcpTarget_CarriesBytesBothWays()
    {
        await using var stream = await _client.DialAsync(Echo, CancellationToken.None);

        await stream.WriteAsync("hello"u8.ToArray());

        (await ReadAsync(stream, 5)).Should().Be("hello");
        _kubectl.Opened.Should().Equal("port-forward pod/workload-x7 :7070 --address 127.0.0.1");
    }

    [Fact]
    public async Task Dial_UnixTarget_CarriesBytesBothWays()
    {
        var path = Path.Combine(Path.GetTempPath(), $"relay-{Environment.ProcessId}.sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();

        await using var stream = await _client.DialAsync(path, CancellationToken.None);
        using var accepted = await listener.AcceptAsync();
        await accepted.SendAsync("svid"u8.ToArray());

        (await ReadAsync(stream, 4)).Should().Be("svid");
        File.Delete(path);
    }

    [Fact]
    public async Task Relay_ThatIsToldToEnd_WaitsForNobodyToHangUp()
    {
        // By this clock, no time passes: whoever waits, waits for ever.
        using var relay = new RelayServer(0, _clock);
        using var told = new CancellationTokenSource();
        var serving = relay.RunAsync(told.Token);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, relay.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"{RelayProtocol.Ask(Echo)}\n"));
        (await ReadAsync(client.GetStream(), 5)).Should().Be("\0\x3ok\n");

        await told.CancelAsync();

        await serving.WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Relay_ATargetThatResets_IsToldInAPieceOfNoBytes_AndTheRelayHangsUpLast()
    {
        using var target = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        target.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        target.Listen();
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, _relay.Port);
        await client.SendAsync(Encoding.UTF8.GetBytes(RelayProtocol.Ask(target.LocalEndPoint!) + "\n"));
        using (var accepted = await target.AcceptAsync())
        {
            (await client.ReceiveAsync(new byte[16])).Should().Be(5, "the relay says 'ok' and a line feed");
            accepted.LingerState = new LingerOption(true, 0);
        }

        var end = new byte[16];
        (await client.ReceiveAsync(end)).Should().Be(2);
        end.Should().OnlyContain(one => one == 0);

        // A reset would be an error of the whole port-forward, and an end with bytes on their way would hold up its other connections.
        foreach (var _ in Enumerable.Range(0, 100))
        {
            await client.SendAsync("late"u8.ToArray());
        }

        client.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectRead).Should().BeFalse("the harness has not hung up yet");
        client.Shutdown(SocketShutdown.Send);
        (await client.ReceiveAsync(new byte[16])).Should().Be(0);
    }

    [Fact]
    public async Task Dial_MoreThanOnePiece_ArrivesWholeAndThenEnds()
    {
        var sent = new byte[100_000];
        new Random(7).NextBytes(sent);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var stream = await _client.DialAsync((IPEndPoint)listener.LocalEndpoint, CancellationToken.None);
        using (var accepted = await listener.AcceptSocketAsync())
        {
            await accepted.SendAsync(sent);
        }

        using var received = new MemoryStream();
        await stream.CopyToAsync(received).WaitAsync(TimeSpan.FromSeconds(10));

        received.ToArray().Should().Equal(sent);
    }

    [Fact]
    public async Task Dial_ManyAtOnce_ShareOneForward()
    {
        var streams = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _client.DialAsync(Echo, CancellationToken.None).AsTask()));

        streams.Should().HaveCount(20);
        _kubectl.Opened.Should().ContainSingle();
        Array.ForEach(streams, stream => stream.Dispose());
    }

    [Fact]
    public async Task Dial_NobodyListens_SaysWhoDialledWhereAndWhy()
    {
        var port = Echo.Port;
        _echo.Close();

        var dialling = async () => await _client.DialAsync(new IPEndPoint(IPAddress.Loopback, port), CancellationToken.None);

        (await dialling.Should().ThrowAsync<IOException>()).WithMessage($"127.0.0.1:{port}, dialled from pod workload-x7: Connection refused.");
        _kubectl.Opened.Should().ContainSingle("a refusal is an answer of the relay");
    }

    [Fact]
    public async Task Dial_NoSuchUnixSocket_SaysSo()
    {
        var dialling = async () => await _client.DialAsync("/nothing/here.sock", CancellationToken.None);

        (await dialling.Should().ThrowAsync<IOException>()).WithMessage("/nothing/here.sock, dialled from pod workload-x7: there is no socket /nothing/here.sock.");
    }

    [Fact]
    public async Task Dial_TargetNeverAnswers_EndsWithItsToken()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        var error = await Record.ExceptionAsync(() => _client.DialAsync(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 8081), limit.Token).AsTask());

        // Without any route the kernel refuses at once, which is just as good an end.
        (error is OperationCanceledException or IOException).Should().BeTrue($"{error}");
    }

    [Fact]
    public async Task Dial_KubectlHasEnded_OpensAnotherForward()
    {
        await (await _client.DialAsync(Echo, CancellationToken.None)).DisposeAsync();
        _forwards[0].End(1, "error: lost connection to pod");

        await (await _client.DialAsync(Echo, CancellationToken.None)).DisposeAsync();

        _kubectl.Opened.Should().HaveCount(2);
    }

    [Fact]
    public async Task Dial_KubectlLeadsToAPodThatIsGone_OpensAnotherForward()
    {
        _port = 1;
        await _client.Invoking(client => client.DialAsync(Echo, CancellationToken.None).AsTask()).Should().ThrowAsync<IOException>();
        _clock.Advance(TimeSpan.FromSeconds(1));
        _port = _relay.Port;

        await (await _client.DialAsync(Echo, CancellationToken.None)).DisposeAsync();
    }

    [Fact]
    public async Task Dial_RelayIsDown_NamesThePodAndRestsBeforeKubectlIsStartedAgain()
    {
        _port = 1;
        var dialling = async () => await _client.DialAsync(Echo, CancellationToken.None);

        (await dialling.Should().ThrowAsync<IOException>()).WithMessage("pod workload-x7: its relay cannot be reached:*");
        await dialling.Should().ThrowAsync<IOException>();
        await dialling.Should().ThrowAsync<IOException>();
        _kubectl.Opened.Should().HaveCount(2, "one that did not answer and one more to be sure");

        _clock.Advance(TimeSpan.FromSeconds(1));
        await dialling.Should().ThrowAsync<IOException>();
        _kubectl.Opened.Should().HaveCount(4);
    }

    [Fact]
    public async Task Dial_KubectlFails_ShowsItsWords()
    {
        _port = 0;

        var dialling = async () => await _client.DialAsync(Echo, CancellationToken.None);

        (await dialling.Should().ThrowAsync<IOException>()).WithMessage("pod workload-x7: 'kubectl port-forward' ended with exit code 1. Error from server (NotFound)");
    }

    [Fact]
    public async Task Relay_LineOfAnotherForm_IsRefusedWithWhatIsAllowed()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _relay.Port));
        await using var stream = new RelayedStream(socket, _clock);

        await stream.WriteAsync(RelayProtocol.Line("GET / HTTP/1.1"));

        (await RelayProtocol.ReadLineAsync(stream, CancellationToken.None)).Should().Be("failed 'GET / HTTP/1.1' is neither 'tcp ADDRESS:PORT' nor 'unix /PATH'");
    }

    [Fact]
    public async Task Relay_PortIsTaken_SaysSo()
    {
        await Task.CompletedTask;

        var starting = () => new RelayServer(_relay.Port, TimeProvider.System);

        starting.Should().Throw<HarnessException>().WithMessage($"127.0.0.1:{_relay.Port}: the relay cannot listen there.*").Which.ExitCode.Should().Be(ExitCode.EnvironmentFailed);
    }

    [Fact]
    public async Task Relay_HarnessHangsUp_TheTargetSeesTheEnd()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var stream = await _client.DialAsync((IPEndPoint)listener.LocalEndpoint, CancellationToken.None);
        using var accepted = await listener.AcceptSocketAsync();

        await stream.DisposeAsync();

        (await accepted.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(5))).Should().Be(0);
    }

    [Fact]
    public async Task LoopbackForward_AnAddressForLibraries_LeadsThroughTheRelay()
    {
        await using var forward = new LoopbackForward(cancellationToken => _client.DialAsync(Echo, cancellationToken), TimeProvider.System);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        await socket.ConnectAsync(forward.LocalEndPoint);
        await socket.SendAsync("select"u8.ToArray());

        (await ReadAsync(new NetworkStream(socket), 6)).Should().Be("select");
    }

    private static async Task<string> ReadAsync(Stream stream, int length)
    {
        var buffer = new byte[length];
        await stream.ReadExactlyAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
        return Encoding.UTF8.GetString(buffer);
    }

    private RecordedSession OpenForward(KubectlCommand command)
    {
        var session = new RecordedSession(command);
        _forwards.Add(session);
        if (_port == 0)
        {
            session.End(1, "Error from server (NotFound)\n");
        }
        else
        {
            session.Sent.Write(Encoding.UTF8.GetBytes($"Forwarding from 127.0.0.1:{_port} -> 7070\n"));
        }

        return session;
    }

    private async Task EchoAsync()
    {
        try
        {
            while (true)
            {
                var client = new NetworkStream(await _echo.AcceptAsync(_ended.Token), ownsSocket: true);
                _ = client.CopyToAsync(client, _ended.Token).ContinueWith(_ => client.Dispose(), TaskScheduler.Default);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over, or wants nobody to listen.
        }
    }
}
