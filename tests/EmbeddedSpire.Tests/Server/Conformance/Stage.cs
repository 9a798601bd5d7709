using System.Globalization;
using System.Security.Cryptography;
using EmbeddedSpire.Tests.Server.Running;
using Spire.Wire.Attestation;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Agents;
using Spire.Wire.Grpc.Client;

namespace EmbeddedSpire.Tests.Server.Conformance;

/// <summary>What the conversations were recorded on: three servers in a row on one database, and those who spoke to them.</summary>
internal sealed class Stage : IAsyncDisposable
{
    private const string AdminIds = "admin_ids = [\"spiffe://bench.test/harness/admin\"]";

    private const int ServerCount = 3;

    private readonly TestDatabase _database;
    private readonly List<TestServer> _servers = [];
    private readonly PopNode.Authority _nodes = new();
    private readonly PopNode.Authority _strangers = new("strangers");
    private readonly Dictionary<string, PopNode> _byRecordedLeaf = [];
    private readonly Dictionary<string, GrpcChannel> _channels = [];
    private readonly List<GrpcChannel> _usedOnce = [];

    private Stage(TestDatabase database) => _database = database;

    public TestServer First => _servers[0];

    /// <summary>Sets the stage: the servers start one after the other, as they did then.</summary>
    public static async Task<Stage> SetAsync()
    {
        var stage = new Stage(await Postgres.CreateDatabaseAsync());
        try
        {
            var options = TestServerOptions.On(stage._database) with
            {
                PopAuthorities = stage._nodes.Pem,
                RateLimit = string.Empty,
                Server = AdminIds,
                Experimental = "cache_reload_interval = \"1s\"",
            };
            for (var i = 0; i < ServerCount; i++)
            {
                stage._servers.Add(await TestServer.StartAsync(options));
            }

            await Eventually.IsTrueAsync(
                async () => (await stage.First.BundleAsync()).JwtAuthorities.Count == ServerCount, "the first server knows the authorities of all");
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives somebody an SVID.</summary>
    public async Task AdmitAsync(string name, X509Svid svid)
    {
        _channels[name] = First.Channel(svid, await First.BundleAsync());
        _channels[Cast.AtSecond + name] = _servers[1].Channel(svid, await First.BundleAsync());
    }

    /// <summary>Returns the channel of somebody.</summary>
    public async Task<GrpcChannel> ChannelAsync(string name)
    {
        if (name == Cast.Nobody)
        {
            // Each time from another address, or the limit for attestations would make this last for a minute.
            var unknown = First.Channel(null, await First.BundleAsync(), Loopback.Next());
            _usedOnce.Add(unknown);
            return unknown;
        }

        if (!_channels.TryGetValue(name, out var channel))
        {
            channel = _channels[name] = await OpenAsync(name);
        }

        return channel;
    }

    /// <summary>Attests an agent whose token was made outside of the recorded conversations.</summary>
    public async Task JoinAsync(string name, string token)
    {
        await CreateTokenAsync(token);
        using var key = Keys.Create();
        var unknown = new TestCaller(await ChannelAsync(Cast.Nobody));
        await AdmitAsync(name, X509Svid.FromApi((await unknown.AttestAsync(JoinTokenAttestation.Data(token), SigningRequest.ForAgent(key))).Svid, key));
    }

    public Task CreateTokenAsync(string token) =>
        First.Admin.CallAsync(AgentMethods.CreateJoinToken, new CreateJoinTokenRequest { Ttl = 600, Token = token });

    /// <summary>Waits until the first server has read the entries and agents anew: for most of a second it will not do so again. Returns how often it has.</summary>
    public async Task<double> WaitForReloadAsync()
    {
        var before = await ReloadsAsync();
        var after = before;
        await Eventually.IsTrueAsync(async () => (after = await ReloadsAsync()) > before, "the server reads the entries anew");
        return after;
    }

    /// <summary>How often the first server has read the entries and agents since it started.</summary>
    public async Task<double> ReloadsAsync()
    {
        var page = (await First.GetAsync(":9988/metrics")).Body;
        return page.Split('\n')
            .Where(line => line.StartsWith("spire_server_entry_cache_reload{", StringComparison.Ordinal))
            .Sum(line => double.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture));
    }

    /// <summary>Returns the node that stands for one whose certificate is recorded: the same name, kind of key, usage and faults.</summary>
    public PopNode NodeFor(byte[] recordedLeaf)
    {
        var key = Convert.ToHexString(recordedLeaf);
        if (!_byRecordedLeaf.TryGetValue(key, out var node))
        {
            node = _byRecordedLeaf[key] = Imitate(DecodedCertificate.Decode(recordedLeaf));
        }

        return node;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels.Values.Concat(_usedOnce))
        {
            channel.Dispose();
        }

        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        foreach (var node in _byRecordedLeaf.Values)
        {
            node.Dispose();
        }

        _nodes.Dispose();
        _strangers.Dispose();
        await _database.DisposeAsync();
    }

    private PopNode Imitate(DecodedCertificate recorded)
    {
        var subject = new System.Security.Cryptography.X509Certificates.X500DistinguishedName(recorded.Subject.Span).Name;
        var issuer = new System.Security.Cryptography.X509Certificates.X500DistinguishedName(recorded.Issuer.Span).Name;
        var authority = issuer.Contains("other", StringComparison.OrdinalIgnoreCase) ? _strangers : _nodes;
        var name = subject["CN=".Length..];
        using var key = Keys.ReadPublic(recorded.PublicKey.Span);
        return key is RSA
            ? authority.IssueRsa(name, recorded.Uris.SingleOrDefault())
            : authority.Issue(name, recorded.Uris.SingleOrDefault(), recorded.KeyUsage ?? default);
    }

    private async Task<GrpcChannel> OpenAsync(string name)
    {
        var bundle = await First.BundleAsync();
        switch (name)
        {
            case Cast.Socket:
                return new GrpcChannel(new GrpcChannelOptions { Dial = Dialer.Unix(First.SocketPath) });
            case Cast.AtThird + Cast.Socket:
                return new GrpcChannel(new GrpcChannelOptions { Dial = Dialer.Unix(_servers[2].SocketPath) });
            case Cast.Newcomer:
                return First.Channel(null, bundle, Loopback.Next());
            case Cast.Foreigner:
                return First.Channel(Foreign("/spire/agent/x/y").Svid, bundle);
            case Cast.Distrustful:
                return First.Channel(null, Foreign("/any").Bundle);
            default:
                throw new InvalidOperationException($"{name} has no SVID yet.");
        }
    }

    private static (X509Svid Svid, TrustBundle Bundle) Foreign(string path)
    {
        using var authorityKey = Keys.Create();
        using var key = Keys.Create();
        var now = TimeProvider.System.GetUtcNow();
        var authority = CertificateAuthority.CreateSelfSigned(TestServer.TrustDomain, authorityKey, now, TimeSpan.FromHours(1));
        var chain = authority.IssueSvid(key.ExportSubjectPublicKeyInfo(), SpiffeId.Of(TestServer.TrustDomain, path), [], now, TimeSpan.FromMinutes(10));
        return (new X509Svid(chain, key), new TrustBundle { TrustDomain = TestServer.TrustDomain, X509Authorities = [new X509Authority(authority.Certificate.Der)] });
    }
}
