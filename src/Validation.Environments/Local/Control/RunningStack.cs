using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Validation.Environments.Local.Programs;
using Validation.Environments.Local.Sandbox;

namespace Validation.Environments.Local.Control;

/// <summary>A detached stack, as seen by other commands.</summary>
/// <remarks>
/// There is no file about it anywhere: it is found by the command line of the process that holds its namespaces, and
/// reached through that process's root directory. Root sees every stack, everybody else their own.
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
        [.. ProcessTable.Read().Select(entry => TryFind(entry.Pid)).OfType<RunningStack>()];

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

    private static RunningStack? TryFind(int pid)
    {
        try
        {
            const string Marker = SandboxCommand.StackVariable + "=";
            var words = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
            var name = Array.Find(words, word => word.StartsWith(Marker, StringComparison.Ordinal))?[Marker.Length..];
            return name is not null && Path.GetFileName(words[0]) == "unshare" && IsOurs(pid) ? new RunningStack(pid, name) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Returns whether this user may talk to a process: root to all, everybody else to their own.</summary>
    /// <param name="pid">The process.</param>
    internal static bool IsOurs(int pid) => UserOf("self") is var me && (me == 0 || UserOf(pid.ToString(CultureInfo.InvariantCulture)) == me);

    private static int UserOf(string process) => int.Parse(
        File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1],
        CultureInfo.InvariantCulture);

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
        while (TryFind(ProcessId)?.Name == Name)
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
