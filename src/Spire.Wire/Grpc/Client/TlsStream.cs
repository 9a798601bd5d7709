using System.Net.Security;

namespace Spire.Wire.Grpc.Client;

/// <summary>Remembers why its first read failed.</summary>
/// <remarks>
/// With TLS 1.3 a server refuses a client certificate after the client believes to be connected: the alert is the first thing
/// that is read. The HTTP client then often reports that it wrote to a closed stream, and the reason would be lost.
/// </remarks>
internal sealed class TlsStream : SslStream
{
    private readonly Action<Exception> _refused;
    private bool _isAccepted;

    public TlsStream(Stream inner, Action<Exception> refused)
        : base(inner) => _refused = refused;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _isAccepted ? base.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var read = await base.ReadAsync(buffer, cancellationToken);
            _isAccepted |= read > 0;
            return read;
        }
        catch (IOException refusal)
        {
            _refused(refusal);
            throw;
        }
    }
}
