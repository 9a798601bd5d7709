using System.Net.Security;

namespace EmbeddedSpire.Agent.Connection;

/// <summary>
/// A TLS connection on which the server has already begun to speak HTTP/2. gRPC in Go calls a connection ready only then:
/// a server that refuses our certificate says so after its own handshake is over, and one that hangs says nothing.
/// </summary>
/// <remarks>
/// To make the server speak, the client's magic words are sent ahead; those of the HTTP client, which follow, are swallowed.
/// What the server has said in the meantime is kept for the HTTP client.
/// </remarks>
internal sealed class ReadyStream : SslStream
{
    // Its end is RFC 9113's way to make sure that a server of HTTP/1.1 fails at once.
    private static readonly byte[] Magic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _first = new byte[9];
    private Memory<byte> _unread;
    private int _unsaid;

    /// <summary>Creates the stream; see <see cref="BeginAsync"/>.</summary>
    /// <param name="inner">The TCP connection; ends with this stream.</param>
    public ReadyStream(Stream inner)
        : base(inner)
    {
    }

    /// <summary>Gets what ends when the connection does.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Says the client's words and waits for the server's first frame.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="IOException">The server ended the connection.</exception>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        await base.WriteAsync(Magic, cancellationToken);
        await base.FlushAsync(cancellationToken);
        await base.ReadExactlyAsync(_first, cancellationToken);
        _unread = _first;
        _unsaid = Magic.Length;
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_unread.IsEmpty)
        {
            return base.ReadAsync(buffer, cancellationToken);
        }

        var count = Math.Min(_unread.Length, buffer.Length);
        _unread[..count].CopyTo(buffer);
        _unread = _unread[count..];
        return ValueTask.FromResult(count);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var said = Math.Min(_unsaid, buffer.Length);
        _unsaid -= said;
        return said == buffer.Length ? ValueTask.CompletedTask : base.WriteAsync(buffer[said..], cancellationToken);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _closed.TrySetResult();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _closed.TrySetResult();
    }
}
