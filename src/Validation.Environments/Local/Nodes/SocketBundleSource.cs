using Spire.Wire.Contracts;
using Spire.Wire.Contracts.Bundles;
using Spire.Wire.Grpc;
using Spire.Wire.Grpc.Client;

namespace Validation.Environments.Local.Nodes;

/// <summary>Reads the bundle over a server's private Unix socket, where nobody has to prove anything.</summary>
internal sealed class SocketBundleSource : IBundleSource
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly Func<string, Func<CancellationToken, ValueTask<Stream>>> _dialer;

    /// <summary>Creates the source.</summary>
    /// <param name="dialer">Returns what opens connections to a socket; null for sockets of this machine.</param>
    public SocketBundleSource(Func<string, Func<CancellationToken, ValueTask<Stream>>>? dialer = null) => _dialer = dialer ?? Dialer.Unix;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<byte[]>> ReadAuthoritiesAsync(string adminSocket, CancellationToken cancellationToken)
    {
        using var channel = new GrpcChannel(new GrpcChannelOptions { Dial = _dialer(adminSocket) });
        try
        {
            var bundle = await channel.CallAsync(BundleMethods.GetBundle, new GetBundleRequest(), CallOptions.Within(Limit), cancellationToken);
            return [.. bundle.X509Authorities.Select(authority => authority.Asn1.ToByteArray())];
        }
        catch (GrpcException error)
        {
            throw new HarnessException(ExitCode.EnvironmentFailed, $"{adminSocket}: GetBundle failed: {error.Message}", innerException: error);
        }
    }
}
