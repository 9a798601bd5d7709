using System.Net.Sockets;
using System.Text.Json;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Control;

/// <summary>A detached stack, as seen by other commands.</summary>
/// <remarks>
/// There is no file about it anywhere: it is found as a <see cref="LivingSandbox"/> and reached through the root directory
/// of the process that holds its namespaces. Root sees every stack, everybody else their own.
/// </remarks>
public sealed class RunningStack
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DownLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    private RunningStack(int pid, string name) => (ProcessId, Name) = (pid, name);

    /// <summary>Gets the number of the process that holds its namespaces; killing it takes everything down.</summary>
    public int ProcessId { get; }

    /// <summary>Gets its name.</summary>
    public string Name { get; }

    /// <summary>Returns the detached stacks that this user may talk to; those that are still coming up too.</summary>
    public static IReadOnlyList<RunningStack> FindAll() =>
        [.. LivingSandbox.FindAll().Where(sandbox => sandbox.Stack is not null).Select(sandbox => new RunningStack(sandbox.ProcessId, sandbox.Stack!))];

    /// <summary>Asks the stack how it is.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HarnessException">It does not answer; perhaps it is still coming up.</exception>
    public async Task<StackStatus> GetStatusAsync(CancellationToken cancellationToken) =>
        (await AskAsync(new ControlRequest(ControlCommand.Status), cancellationToken)).Status!;

    /// <summary>Reads the last lines of a node's log.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="lines">How many lines at most.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="HarnessException">There is no such node, or the stack does not answer.</exception>
    public async Task<IReadOnlyList<string>> ReadLogAsync(string node, int lines, CancellationToken cancellationToken) =>
        (await AskAsync(new ControlRequest(ControlCommand.Log, node, lines), cancellationToken)).Lines!;

    /// <summary>Takes the stack down and returns when nothing is left of it.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the waiting, not the taking down.</param>
    /// <exception cref="HarnessException">It is still there although its process was killed.</exception>
    public async Task DownAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(new ControlRequest(ControlCommand.Down), cancellationToken);
        }
        catch (HarnessException)
        {
            // It hangs or is not up yet. The kernel does not ask it.
            Native.Signal(ProcessId, Native.SigKill);
        }

        if (!await IsGoneWithinAsync(DownLimit, time, cancellationToken))
        {
            Native.Signal(ProcessId, Native.SigKill);
            if (!await IsGoneWithinAsync(DownLimit, time, cancellationToken))
            {
                throw new HarnessException(
                    ExitCode.LeftUnclean,
                    $"Stack '{Name}' (process {ProcessId}) is still there {Duration.Format(DownLimit)} after it was killed.");
            }
        }
    }

    private async Task<ControlAnswer> AskAsync(ControlRequest request, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(AnswerLimit);
        try
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await using var stream = await ConnectAsync(socket, limit.Token);
            await stream.WriteAsync((byte[])[.. JsonSerializer.SerializeToUtf8Bytes(request, HarnessJson.Lines), (byte)'\n'], limit.Token);
            using var reader = new StreamReader(stream);
            var line = await reader.ReadLineAsync(limit.Token) ?? throw new IOException("it closed the connection");
            var answer = JsonSerializer.Deserialize<ControlAnswer>(line, HarnessJson.Lines)!;
            return answer.Problem is null ? answer : throw new HarnessException(ExitCode.InvalidInput, answer.Problem);
        }
        catch (Exception error) when (error is IOException or SocketException or JsonException)
        {
            throw NoAnswer(error.Message, error);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw NoAnswer($"nothing came within {Duration.Format(AnswerLimit)}", null);
        }
    }

    private async Task<NetworkStream> ConnectAsync(Socket socket, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint($"/proc/{ProcessId}/root{SandboxPaths.ControlSocket}"), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<bool> IsGoneWithinAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        while (LivingSandbox.TryFind(ProcessId)?.Stack == Name)
        {
            if (time.GetElapsedTime(begun) > limit)
            {
                return false;
            }

            await Task.Delay(Interval, time, cancellationToken);
        }

        return true;
    }

    private HarnessException NoAnswer(string why, Exception? error) => new(
        ExitCode.EnvironmentFailed,
        $"Stack '{Name}' (process {ProcessId}) does not answer: {why}.",
        "It may still be coming up. 'down' takes it down in any case.",
        error);
}
