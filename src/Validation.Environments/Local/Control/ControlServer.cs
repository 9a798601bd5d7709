using System.Net.Sockets;
using System.Text.Json;
using Validation.Core.Stacks;
using Validation.Environments.Local.Supervisor;

namespace Validation.Environments.Local.Control;

/// <summary>Answers other commands about a detached stack, over a socket on the sandbox's private tmpfs.</summary>
internal sealed class ControlServer : IDisposable
{
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _down = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly IStack _stack;
    private readonly string _name;
    private readonly DateTimeOffset _readySince;

    /// <summary>Begins to answer.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="name">Its name.</param>
    /// <param name="path">Where the socket is to be.</param>
    /// <param name="time">The clock.</param>
    public ControlServer(IStack stack, string name, string path, TimeProvider time)
    {
        (_stack, _name, _readySince) = (stack, name, time.GetUtcNow());
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        _socket.Listen();
        _ = AcceptAsync();
    }

    /// <summary>Gets a task that ends when somebody asks the stack to go down.</summary>
    public Task Down => _down.Task;

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _socket.AcceptAsync());
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The stack goes down.
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        try
        {
            using var limit = new CancellationTokenSource(RequestLimit);
            await using var stream = new NetworkStream(connection, ownsSocket: true);
            using var reader = new StreamReader(stream);
            var line = await reader.ReadLineAsync(limit.Token);
            var request = line is null ? null : JsonSerializer.Deserialize<ControlRequest>(line, HarnessJson.Lines);
            if (request is not null)
            {
                var answer = await AnswerAsync(request, limit.Token);
                await stream.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(answer, HarnessJson.Lines), (byte)'\n'], limit.Token);
                if (request.Command == ControlCommand.Down)
                {
                    _down.TrySetResult();
                }
            }
        }
        catch (Exception error) when (error is IOException or JsonException or OperationCanceledException)
        {
            // Whoever asked is gone, or asked nothing that can be answered.
        }
    }

    private async Task<ControlAnswer> AnswerAsync(ControlRequest request, CancellationToken cancellationToken) => request.Command switch
    {
        ControlCommand.Status => new ControlAnswer(Status: await DescribeAsync(cancellationToken)),
        ControlCommand.Log => ReadLog(request.Node ?? string.Empty, request.Lines),
        _ => new ControlAnswer(),
    };

    private ControlAnswer ReadLog(string name, int lines)
    {
        var logged = _stack.Nodes.OfType<ProcessNode>().ToArray();
        return Array.Find(logged, node => node.Name == name) is { } found
            ? new ControlAnswer(Lines: found.LogTail(lines))
            : new ControlAnswer(
                $"The stack has no node '{name}' with a log.{NearestWord.Suggestion(name, logged.Select(node => node.Name))} "
                + $"Its nodes with a log are {string.Join(", ", logged.Select(node => node.Name))}.");
    }

    private async Task<StackStatus> DescribeAsync(CancellationToken cancellationToken)
    {
        var members = _stack is IDatabaseCluster cluster ? await cluster.GetMembersAsync(cancellationToken) : [];
        return new StackStatus(
            _name,
            _readySince,
            [
                .. _stack.Nodes.Select(node => new StackNodeStatus(
                    node.Name,
                    node.Role,
                    node.Address.ToString(),
                    node.Status.State,
                    node.Status.Restarts,
                    node.Status.Reason,
                    members.FirstOrDefault(member => member.Node == node)?.Describe())),
            ],
            _stack.Facts);
    }
}
