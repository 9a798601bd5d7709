using System.Net;
using System.Net.Sockets;
using EmbeddedSpire.Logging;
using EmbeddedSpire.Server;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Bundles;
using Spire.Wire.Grpc.Client;

namespace EmbeddedSpire.Tests.Server.Running;

/// <summary>An embedded server that runs within the test, on an address of its own, read from a configuration file like any other.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    private readonly TestServerOptions _options;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<IDisposable> _channels = [];
    private readonly LogSink _sink;
    private readonly SpireServer _server;
    private readonly DirectoryInfo _directory;
    private TestCaller? _socket;
    private Task _run = Task.CompletedTask;

    private TestServer(TestServerOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        Address = Loopback.Next();
        _directory = Directory.CreateTempSubdirectory("embedded-spire-");
        var settings = ReadSettings();
        _sink = LogSink.Open(settings.Log, time);
        _server = new SpireServer(settings, _sink, time);
    }

    public static TrustDomain TrustDomain { get; } = TrustDomain.Parse("bench.test");

    public IPAddress Address { get; }

    public IPEndPoint Api => new(Address, 8081);

    public string SocketPath => Path.Combine(_directory.FullName, "api.sock");

    public string LogPath => Path.Combine(_directory.FullName, "log");

    /// <summary>Gets the task that ends when the server does.</summary>
    public Task Running => _run;

    /// <summary>Gets who may everything: the administrator of the machine.</summary>
    public TestCaller Admin => _socket ??= new TestCaller(Keep(SocketChannel()));

    /// <summary>Starts a server and waits until it listens.</summary>
    public static async Task<TestServer> StartAsync(TestServerOptions options, TimeProvider? time = null)
    {
        var server = new TestServer(options, time ?? TimeProvider.System);
        try
        {
            server.Begin();
            await server.WaitUntilListeningAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a server and does not wait.</summary>
    public static TestServer Begin(TestServerOptions options, TimeProvider? time = null)
    {
        var server = new TestServer(options, time ?? TimeProvider.System);
        server.Begin();
        return server;
    }

    /// <summary>Waits until the administrator's socket is served. Health is looked at, and its page opened, a moment later.</summary>
    public Task WaitUntilListeningAsync() => Eventually.SucceedsAsync(
        async () =>
        {
            if (_run.IsCompleted)
            {
                await _run;
                throw new InvalidOperationException($"The server ended:\n{Log()}");
            }

            await using var stream = await Dialer.Unix(SocketPath)(CancellationToken.None);
        },
        StartLimit,
        error => error is SocketException);

    /// <summary>Returns a caller on the network with an SVID of its own, or without one.</summary>
    public async Task<TestCaller> CallAsAsync(X509Svid? svid) => new(Keep(Channel(svid, await BundleAsync())));

    /// <summary>Returns a channel to the network address that trusts a bundle and, maybe, calls from an address of its own.</summary>
    public GrpcChannel Channel(X509Svid? svid, TrustBundle bundle, IPAddress? from = null) => new(new GrpcChannelOptions
    {
        Dial = from is null ? Dialer.Tcp(Api) : cancellationToken => DialAsync(from, cancellationToken),
        Tls = () => SvidTls.ForClient(id => id == TrustDomain.ServerId, new SvidVerifier(bundle), svid, _time),
    });

    public async Task<TrustBundle> BundleAsync() =>
        TrustBundle.FromApi(await Admin.CallAsync(BundleMethods.GetBundle, new GetBundleRequest()));

    /// <summary>Asks a page of the server's own, once somebody listens there: <c>:8080/live</c>, <c>:9988/metrics</c>.</summary>
    public async Task<(HttpStatusCode Code, string Body)> GetAsync(string portAndPath)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        (HttpStatusCode Code, string Body) answer = default;
        await Eventually.SucceedsAsync(
            async () =>
            {
                using var response = await http.GetAsync(new Uri($"http://{Address}{portAndPath}"));
                answer = (response.StatusCode, await response.Content.ReadAsStringAsync());
            },
            StartLimit,
            error => error is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError });
        return answer;
    }

    public string Log()
    {
        using var file = new StreamReader(new FileStream(LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return file.ReadToEnd();
    }

    /// <summary>Tells the server to stop and waits until it has.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _run.WaitAsync(StopLimit, TimeProvider.System);
        }
        catch (OperationCanceledException)
        {
            // It had not started yet.
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_run.IsCompleted)
            {
                await StopAsync();
            }
        }
        finally
        {
            _channels.ForEach(channel => channel.Dispose());
            await _server.DisposeAsync();
            _sink.Dispose();
            _stop.Dispose();
            _directory.Delete(recursive: true);
        }
    }

    private async ValueTask<Stream> DialAsync(IPAddress from, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(from.MapToIPv6(), 0));
        await socket.ConnectAsync(Api, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private void Begin() => _run = Task.Run(() => _server.RunAsync(_stop.Token));

    private GrpcChannel SocketChannel() => new(new GrpcChannelOptions { Dial = Dialer.Unix(SocketPath) });

    private GrpcChannel Keep(GrpcChannel channel)
    {
        _channels.Add(channel);
        return channel;
    }

    private ServerSettings ReadSettings()
    {
        var file = Path.Combine(_directory.FullName, "server.conf");
        File.WriteAllText(file, _options.Configuration(Address, _directory.FullName));
        return ServerSettingsReader.Read(ServerSettingsReader.Flags().Parse(["-config", file]));
    }
}
