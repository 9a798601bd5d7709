using System.Net.Sockets;
using System.Text.Json;

namespace Validation.Environments.Local.Sandbox;

/// <summary>
/// The line between the process outside of a sandbox and the one inside. When one end dies, the kernel closes its
/// side, and the other end sees that at once.
/// </summary>
internal sealed class SandboxLink : IDisposable
{
    private readonly Lock _gate = new();
    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;

    /// <summary>Takes over one end.</summary>
    /// <param name="descriptor">The socket's descriptor; closed with this.</param>
    public SandboxLink(int descriptor)
    {
        var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true)) { Blocking = true };
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = new StreamReader(_stream);
    }

    /// <summary>Sends a message. Does nothing when the other end is gone.</summary>
    /// <param name="message">The message.</param>
    public void Send(SandboxMessage message)
    {
        try
        {
            lock (_gate)
            {
                _stream.Write([.. JsonSerializer.SerializeToUtf8Bytes(message, HarnessJson.Lines), (byte)'\n']);
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // Whoever reads learns of the end from Receive.
        }
    }

    /// <summary>Waits for the next message.</summary>
    /// <returns>The message, or null when the other end is gone.</returns>
    public SandboxMessage? Receive()
    {
        try
        {
            return _reader.ReadLine() is { } line ? JsonSerializer.Deserialize<SandboxMessage>(line, HarnessJson.Lines) : null;
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or JsonException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _stream.Dispose();
    }
}

/// <summary>What one end tells the other.</summary>
/// <param name="Word">What it is about.</param>
/// <param name="Text">A sentence for people.</param>
/// <param name="Hint">What to do about it.</param>
/// <param name="ExitCode">For <see cref="SandboxWord.Failed"/>: how the command ends.</param>
internal sealed record SandboxMessage(
    SandboxWord Word, string? Text = null, string? Hint = null, ExitCode ExitCode = ExitCode.Pass);

/// <summary>The words of the line between outside and inside.</summary>
internal enum SandboxWord
{
    /// <summary>From inside: the namespaces exist and are set up.</summary>
    Entered,

    /// <summary>From inside: what is being waited for.</summary>
    Progress,

    /// <summary>From inside: what was started is ready and can live alone.</summary>
    Ready,

    /// <summary>From inside: it could not be started.</summary>
    Failed,

    /// <summary>From outside: end in good order.</summary>
    Stop,

    /// <summary>From outside: live on without me.</summary>
    LiveOn,
}
