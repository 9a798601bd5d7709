using System.Net.Security;

namespace Spire.Wire.Grpc.Server;

/// <summary>The TLS of one connection.</summary>
/// <param name="Options">The handshake.</param>
/// <param name="MayGoOn">
/// Decides, after the handshake and before anything is said, whether the client may go on; null means that it may. It is for what
/// takes time: a handshake's own decisions cannot wait. While it decides the client waits too, up to the limit of a handshake.
/// </param>
public sealed record ServerTls(SslServerAuthenticationOptions Options, Func<CancellationToken, ValueTask<bool>>? MayGoOn = null);
