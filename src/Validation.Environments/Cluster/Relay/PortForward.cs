using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Relay;

/// <summary>A port on this machine's loopback that leads into a pod, as long as its <c>kubectl port-forward</c> runs.</summary>
internal sealed partial class PortForward : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly IToolSession _session;
    private readonly StreamReader _lines;
    private Task _reading = Task.CompletedTask;

    private PortForward(IToolSession session) => (_session, _lines) = (session, new StreamReader(session.Output));

    /// <summary>Gets where to connect to.</summary>
    public IPEndPoint LocalEndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Gets whether kubectl still runs. It does not always notice that the pod has gone.</summary>
    public bool IsOpen => !_session.Ended.IsCompleted;

    /// <summary>Opens one.</summary>
    /// <param name="kubectl">The cluster.</param>
    /// <param name="pod">The pod's name.</param>
    /// <param name="port">The port in the pod.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">It did not open; kubectl's own words are in the message.</exception>
    public static async Task<PortForward> OpenAsync(IKubectl kubectl, string pod, int port, TimeProvider time, CancellationToken cancellationToken)
    {
        var arguments = KubectlCommand.Read("port-forward", $"pod/{pod}", string.Create(CultureInfo.InvariantCulture, $":{port}"), "--address", "127.0.0.1");
        var forward = new PortForward(kubectl.Open(arguments));
        using var limit = new CancellationTokenSource(StartLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await forward.ReadPortAsync(pod, either.Token);
            return forward;
        }
        catch (Exception error)
        {
            await forward.DisposeAsync();
            if (error is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                throw new IOException($"pod {pod}: 'kubectl port-forward' did not open within {Duration.Format(StartLimit)}.", error);
            }

            throw;
        }
    }

    /// <summary>Opens a connection through it; to be closed as <see cref="HangUp"/> does.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="SocketException">It does not answer any more.</exception>
    public async Task<Socket> ConnectAsync(CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(LocalEndPoint, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        await _reading;
        _lines.Dispose();
    }

    private async Task ReadPortAsync(string pod, CancellationToken cancellationToken)
    {
        while (await _lines.ReadLineAsync(cancellationToken) is { } line)
        {
            if (Announcement().Match(line) is { Success: true } found)
            {
                LocalEndPoint = new IPEndPoint(IPAddress.Loopback, int.Parse(found.Groups["port"].ValueSpan, CultureInfo.InvariantCulture));
                _reading = DrainAsync();
                return;
            }
        }

        var ended = await _session.Ended.WaitAsync(cancellationToken);
        throw new IOException($"pod {pod}: 'kubectl port-forward' ended with exit code {ended.ExitCode}. {ended.Errors.Trim()}");
    }

    // It writes a line for each connection, and would stand still if nobody read them.
    private async Task DrainAsync()
    {
        try
        {
            while (await _lines.ReadLineAsync(CancellationToken.None) is not null)
            {
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // It has ended.
        }
    }

    [GeneratedRegex(@"^Forwarding from 127\.0\.0\.1:(?<port>\d+) -> ")]
    private static partial Regex Announcement();
}
