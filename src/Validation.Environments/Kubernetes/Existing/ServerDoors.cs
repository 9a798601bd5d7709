using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using Spire.Wire.Certificates;
using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Bundles;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;
using Validation.Environments.Cluster.Pods;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Kubernetes.Existing;

/// <summary>The ways to the SPIRE servers of a stack that is there already: their API, by <c>kubectl port-forward</c>.</summary>
/// <remarks>
/// Their private sockets are out of reach, because nothing of the harness runs there. What it asks of them elsewhere, the
/// bundle and an SVID for the administrator, is asked of the API, with the administrator's SVID where there is one.
/// </remarks>
internal sealed class ServerDoors : IAsyncDisposable
{
    private static readonly TimeSpan BundleLimit = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<(PodNode Node, PodPort Port)> _servers;
    private readonly StackCredentials _credentials;
    private readonly TimeProvider _time;
    private SvidVerifier _verifier;
    private int _next;

    /// <summary>Creates the doors; nothing is opened yet.</summary>
    /// <param name="kubectl">For the servers' namespace.</param>
    /// <param name="servers">The servers.</param>
    /// <param name="port">The port of their API.</param>
    /// <param name="credentials">What is trusted, and who the harness is.</param>
    /// <param name="time">The clock.</param>
    public ServerDoors(IKubectl kubectl, IReadOnlyList<PodNode> servers, int port, StackCredentials credentials, TimeProvider time)
    {
        (_credentials, _time, Port) = (credentials, time, port);
        _servers = [.. servers.Select(node => (node, new PodPort(kubectl, node, port, time)))];
        _verifier = new SvidVerifier(credentials.Bundle);
    }

    /// <summary>Gets the port of the servers' API.</summary>
    public int Port { get; }

    /// <summary>Gets the address that stands for whichever server is ready.</summary>
    public IPEndPoint Any => new(IPAddress.Any, Port);

    /// <summary>Opens a connection to the API of a server, before TLS.</summary>
    /// <param name="endPoint">A server's address, or <see cref="Any"/>: the servers that are ready take turns, as behind a Service.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">No server has that address, or it cannot be reached.</exception>
    public ValueTask<Stream> DialAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        var port = endPoint.Address.Equals(IPAddress.Any)
            ? NextReady()
            : endPoint.Port == Port ? At(endPoint.Address)
            : null;
        return port?.DialAsync(cancellationToken) ?? throw new IOException(
            endPoint.Address.Equals(IPAddress.Any) ? "No SPIRE server is ready." : $"{endPoint} is the address of no SPIRE server.");
    }

    /// <summary>Opens a connection with TLS, on which calls are made as the administrator; without one, as nobody.</summary>
    /// <param name="node">The server.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">It cannot be reached.</exception>
    /// <exception cref="AuthenticationException">It is not who it should be.</exception>
    public async ValueTask<Stream> DialAdminAsync(PodNode node, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(node, cancellationToken);
        }
        catch (AuthenticationException)
        {
            // A server that was started anew may have a new authority, of which the others have been told.
            if (await LearnAsync(_servers.Select(server => server.Node).Where(other => other != node), cancellationToken) == 0)
            {
                throw;
            }

            return await OpenAsync(node, cancellationToken);
        }
    }

    /// <summary>Reads the bundles of servers and trusts what is in them from now on.</summary>
    /// <param name="nodes">The servers.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>How many have answered.</returns>
    public async Task<int> LearnAsync(IEnumerable<PodNode> nodes, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(nodes.Select(async node =>
        {
            try
            {
                return await ReadBundleAsync(node, cancellationToken);
            }
            catch (GrpcException)
            {
                return null;
            }
        }));
        var bundles = answers.OfType<TrustBundle>().ToArray();
        if (bundles.Length > 0)
        {
            _verifier = new SvidVerifier([_credentials.Bundle, .. bundles]);
        }

        return bundles.Length;
    }

    /// <summary>Reads the bundle of a server, of which SPIRE asks nobody who they are.</summary>
    /// <param name="node">The server.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="GrpcException">It did not answer, or is not who it should be.</exception>
    public async Task<TrustBundle> ReadBundleAsync(PodNode node, CancellationToken cancellationToken)
    {
        using var channel = new GrpcChannel(new GrpcChannelOptions { Dial = token => OpenAsync(node, token) });
        try
        {
            return TrustBundle.FromApi(await channel.CallAsync(BundleMethods.GetBundle, new GetBundleRequest(), CallOptions.Within(BundleLimit), cancellationToken));
        }
        catch (FormatException error)
        {
            throw new GrpcException(StatusCode.Internal, $"its bundle cannot be used: {error.Message}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var (_, port) in _servers)
        {
            await port.DisposeAsync();
        }
    }

    // A server that is in another pod by now is reached there: whoever asked for its address meant the server.
    private PodPort? At(IPAddress address) =>
        _servers.FirstOrDefault(server => server.Node.Address.Equals(address)).Port ?? _servers.FirstOrDefault(server => server.Node.HadAddress(address)).Port;

    // What a Service leads to: pods that are ready and do not end.
    private PodPort? NextReady()
    {
        var ready = _servers.Where(server => server.Node.Pod is { IsReady: true, IsTerminating: false }).ToArray();
        return ready.Length == 0 ? null : ready[(int)((uint)Interlocked.Increment(ref _next) % ready.Length)].Port;
    }

    private async ValueTask<Stream> OpenAsync(PodNode node, CancellationToken cancellationToken)
    {
        var secure = new SslStream(await _servers.First(server => server.Node == node).Port.DialAsync(cancellationToken));
        try
        {
            var tls = SvidTls.ForClient(id => id == _credentials.TrustDomain.ServerId, Volatile.Read(ref _verifier), _credentials.Administrator, _time);
            tls.ApplicationProtocols = [SslApplicationProtocol.Http2];
            tls.TargetHost = string.Empty;
            await secure.AuthenticateAsClientAsync(tls, cancellationToken);
            return secure;
        }
        catch
        {
            await secure.DisposeAsync();
            throw;
        }
    }
}
