using System.Security.Cryptography;
using EmbeddedSpire.Health;
using EmbeddedSpire.Server.Authorities;
using EmbeddedSpire.Server.Storage;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Bundles;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace EmbeddedSpire.Server;

/// <summary>The four things that SPIRE's server looks at.</summary>
internal static class ServerHealth
{
    private static readonly TimeSpan DatabasePatience = TimeSpan.FromMinutes(1);

    /// <summary>Adds them to a checker.</summary>
    /// <remarks>
    /// Without its database a server is not ready. SPIRE's does not live then either, and orchestrators restart all servers for what no
    /// restart can mend; here that is <see cref="Defect.DatabaseDecidesLiveness"/>.
    /// </remarks>
    public static void Add(
        HealthChecker checker,
        string socketPath,
        TrustDomain trustDomain,
        SvidIssuer issuer,
        AuthorityManager authorities,
        BundleStore bundles,
        IReadOnlySet<Defect> defects,
        TimeProvider time)
    {
        var livesWithoutDatabase = !defects.Contains(Defect.DatabaseDecidesLiveness);
        checker.Add("server", cancellationToken => CheckServerAsync(socketPath, livesWithoutDatabase, cancellationToken));
        checker.Add("server.ca", _ => Task.FromResult(CheckAuthority(trustDomain, issuer)));
        checker.Add("server.ca.rotator", _ => Task.FromResult(authorities.Health));
        checker.Add("catalog.datastore", cancellationToken => CheckDatabaseAsync(bundles, livesWithoutDatabase, time, cancellationToken));
    }

    /// <summary>Fetches the bundle over the server's own socket. Like SPIRE without a time limit: a database that hangs leaves the health as it was.</summary>
    private static async Task<HealthState> CheckServerAsync(string socketPath, bool livesWithoutDatabase, CancellationToken cancellationToken)
    {
        using var channel = new GrpcChannel(new GrpcChannelOptions { Dial = Dialer.Unix(socketPath) });
        try
        {
            await channel.CallAsync(BundleMethods.GetBundle, new GetBundleRequest(), default, cancellationToken);
            return HealthState.Good;
        }
        catch (GrpcException error)
        {
            var bad = HealthState.Bad("get_bundle_err", $"unable to fetch bundle: rpc error: code = {error.Code} desc = {error.Status.Message}");

            // A server that answers with an error lives; one that does not answer does not.
            return bad with { IsLive = livesWithoutDatabase && error.Code != StatusCode.Unavailable };
        }
    }

    private static HealthState CheckAuthority(TrustDomain trustDomain, SvidIssuer issuer)
    {
        try
        {
            using var key = Keys.Create();
            issuer.IssueWorkload(SpiffeId.Of(trustDomain, "/for/health/check/only"), key.ExportSubjectPublicKeyInfo(), TimeSpan.Zero, [], null);
            return HealthState.Good;
        }
        catch (Exception error) when (error is SigningException or CryptographicException)
        {
            return HealthState.Bad("sign_x509_svid_err", error.Message);
        }
    }

    private static async Task<HealthState> CheckDatabaseAsync(BundleStore bundles, bool livesWithoutDatabase, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(DatabasePatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await bundles.ListAsync(null, either.Token);
            return HealthState.Good;
        }
        catch (DatastoreException error)
        {
            return HealthState.Bad("list_bundle_err", error.Message) with { IsLive = livesWithoutDatabase };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthState.Bad("list_bundle_err", "datastore-sql: context deadline exceeded") with { IsLive = livesWithoutDatabase };
        }
    }
}
