using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Entries;
using Spire.Wire.Contracts.Types;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Server;

namespace Validation.Environments.Tests.Kubernetes.Existing;

/// <summary>SPIRE servers of somebody else's on loopback: each signs with an authority of its own and knows those of the others.</summary>
internal sealed class StandInServers : IAsyncDisposable
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(1);

    private readonly List<GrpcServer> _servers = [];
    private readonly List<CertificateAuthority> _authorities = [];
    private readonly List<Entry> _entries = [];

    public static TrustDomain Domain { get; } = TrustDomain.Parse("example.org");

    public static SpiffeId Administrator { get; } = SpiffeId.Parse("spiffe://example.org/admin");

    /// <summary>Gets the entries; whoever deletes one is an administrator.</summary>
    public IReadOnlyList<string> Entries => [.. _entries.Select(entry => entry.SpiffeId.Path)];

    /// <summary>Gets the authority that the owner's file has: that of the first server.</summary>
    public string FirstAuthorityPem => PemEncoding.WriteString("CERTIFICATE", _authorities[0].Certificate.Der.Span);

    public int Port(int server) => ((IPEndPoint)_servers[server].Address).Port;

    public static async Task<StandInServers> StartAsync(int count)
    {
        var servers = new StandInServers();
        for (var i = 0; i < count; i++)
        {
            servers._authorities.Add(CertificateAuthority.CreateSelfSigned(Domain, Keys.Create(), DateTimeOffset.UtcNow, Life));
        }

        foreach (var authority in servers._authorities)
        {
            servers._servers.Add(await servers.StartAsync(authority));
        }

        return servers;
    }

    public void Add(string path) => _entries.Add(new Entry { Id = $"id-of-{path}", SpiffeId = new SPIFFEID { TrustDomain = Domain.Name, Path = path } });

    /// <summary>Returns an SVID and its key, as files have them.</summary>
    public (string Certificate, string Key) Svid(SpiffeId id)
    {
        using var key = Keys.Create();
        var chain = _authorities[0].IssueSvid(key.ExportSubjectPublicKeyInfo(), id, [], DateTimeOffset.UtcNow, Life);
        return (string.Join('\n', chain.Select(one => PemEncoding.WriteString("CERTIFICATE", one.Span))), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Returns an authority for nodes and its key, as files have them.</summary>
    public static (string Certificate, string Key) NodeAuthority(bool isAuthority = true)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=nodes", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    private Task<GrpcServer> StartAsync(CertificateAuthority authority)
    {
        var bundle = new TrustBundle { TrustDomain = Domain, X509Authorities = [.. _authorities.Select(one => new X509Authority(one.Certificate.Der))] };
        using var key = Keys.Create();
        var identity = new X509Svid(authority.IssueSvid(key.ExportSubjectPublicKeyInfo(), Domain.ServerId, [], DateTimeOffset.UtcNow, Life), key);
        var handlers = new GrpcHandlers();
        handlers.Map(BundleMethods.GetBundle, (_, _, _) => Task.FromResult(bundle.ToApi()));
        handlers.Map(EntryMethods.ListEntries, (_, call, _) => Task.FromResult(List(call)));
        handlers.Map(EntryMethods.BatchDeleteEntry, (request, call, _) => Task.FromResult(Delete(request, call)));
        return GrpcServer.StartAsync(
            new GrpcServerOptions
            {
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
                Handlers = handlers,
                Tls = () => SvidTls.ForServer(identity, new SvidVerifier(bundle), _ => true, TimeProvider.System),
            },
            CancellationToken.None);
    }

    private ListEntriesResponse List(ServerCall call)
    {
        RequireAdministrator(call);
        return new ListEntriesResponse { Entries = { _entries } };
    }

    private BatchDeleteEntryResponse Delete(BatchDeleteEntryRequest request, ServerCall call)
    {
        RequireAdministrator(call);
        _entries.RemoveAll(entry => request.Ids.Contains(entry.Id));
        return new BatchDeleteEntryResponse { Results = { request.Ids.Select(id => new BatchDeleteEntryResponse.Types.Result { Id = id, Status = new Status() }) } };
    }

    private static void RequireAdministrator(ServerCall call)
    {
        var caller = call.Peer.Certificate is { } shown ? DecodedCertificate.Decode(shown.RawDataMemory).Uris[0] : "nobody";
        if (caller != Administrator.ToString())
        {
            throw new GrpcException(StatusCode.PermissionDenied, $"{caller} is no administrator");
        }
    }
}
