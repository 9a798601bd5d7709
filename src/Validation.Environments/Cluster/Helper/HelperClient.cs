using System.Collections.Concurrent;
using System.Text.Json;
using Validation.Environments.Cluster.Tools;

namespace Validation.Environments.Cluster.Helper;

/// <summary>
/// The harness' side of a session with the helper on one Kubernetes node. When the session is lost, the helper undoes
/// all that it did for it; so whoever relies on that is told, and a new session begins with nothing.
/// </summary>
internal sealed class HelperClient : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    // A graceful stop and a wait for a datagram take as long as they were told to; anything else is a matter of a second.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<long, TaskCompletionSource<ReportLine>> _open = new();
    private readonly ConcurrentDictionary<string, Action<string>> _cuts = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly IToolSession _session;
    private readonly StreamReader _lines;
    private readonly string _name;
    private readonly TimeProvider _time;
    private Task _running = Task.CompletedTask;
    private long _lastId;
    private string? _lost;

    private HelperClient(IToolSession session, string kubernetesNode, TimeProvider time)
    {
        (_session, _time) = (session, time);
        _name = $"node helper on {kubernetesNode}";
        _lines = new StreamReader(session.Output);
    }

    /// <summary>Gets why the session is over; null while it is not.</summary>
    public string? Lost => Volatile.Read(ref _lost);

    /// <summary>Opens a session.</summary>
    /// <param name="kubectl">The cluster, with the namespace of the helpers.</param>
    /// <param name="pod">The helper's pod.</param>
    /// <param name="kubernetesNode">The Kubernetes node that it is on, for messages.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HarnessException">It does not answer, or it is of another version.</exception>
    public static async Task<HelperClient> OpenAsync(
        IKubectl kubectl, string pod, string kubernetesNode, TimeProvider time, CancellationToken cancellationToken)
    {
        var command = KubectlCommand.Write("exec", "-i", pod, "--", "validation", "node-helper", "session");
        var client = new HelperClient(kubectl.Open(command), kubernetesNode, time);
        try
        {
            await client.GreetAsync(cancellationToken);
            client._running = Task.WhenAll(client.ReadAsync(), client.BeatAsync());
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives an order.</summary>
    /// <typeparam name="TReport">What it reports.</typeparam>
    /// <param name="order">The order.</param>
    /// <param name="cancellationToken">Ends the waiting; the order may still be carried out.</param>
    /// <exception cref="HarnessException">It failed, or the session is lost.</exception>
    public async Task<TReport> AskAsync<TReport>(HelperOrder<TReport> order, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _lastId);
        var answer = _open[id] = new TaskCompletionSource<ReportLine>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            ThrowIfLost();
            await WriteAsync(new OrderLine(id, order), cancellationToken);
            var limit = AnswerLimit + TimeSpan.FromMilliseconds(order is Stop stop ? stop.GraceMs : 0);
            var line = await answer.Task.WaitAsync(limit, _time, cancellationToken);
            return line is { Error: null, Report: { } report }
                ? report.Deserialize<TReport>(HarnessJson.Lines)!
                : throw Trouble($"{line.Error}");
        }
        catch (TimeoutException)
        {
            Lose($"did not answer within {Duration.Format(AnswerLimit)}");
            throw Trouble(Lost!);
        }
        finally
        {
            _open.TryRemove(id, out _);
        }
    }

    /// <summary>Registers who is told when a cut can no longer be trusted.</summary>
    /// <param name="cut">The cut's name in this session.</param>
    /// <param name="broken">Told the reason. Must be quick.</param>
    public void OnBroken(string cut, Action<string> broken)
    {
        _cuts[cut] = broken;
        if (Lost is { } lost)
        {
            broken($"{_name} {lost}");
        }
    }

    /// <summary>Ends the telling.</summary>
    /// <param name="cut">The cut's name in this session.</param>
    public void Forget(string cut) => _cuts.TryRemove(cut, out _);

    /// <summary>Ends the session; the helper undoes all that is not undone yet, and then it ends.</summary>
    public async ValueTask DisposeAsync()
    {
        Lose("was told to end");
        try
        {
            _session.Input.Close();
            await _session.Ended.WaitAsync(EndLimit, _time);
        }
        catch (Exception error) when (error is IOException or TimeoutException)
        {
            // Its silence limit ends it.
        }

        await _session.DisposeAsync();
        await _running;
        _lines.Dispose();
    }

    private async Task GreetAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(StartLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            var line = await _lines.ReadLineAsync(either.Token);
            if (line is null)
            {
                throw Trouble(await LastWordsAsync(either.Token));
            }

            if (HelperProtocol.TryRead<Greeting>(line)?.Protocol != HelperProtocol.Version)
            {
                throw new HarnessException(
                    ExitCode.EnvironmentFailed,
                    $"{_name}: it is of another version than this harness; it greets with '{line}'.",
                    "Build the harness image from the same source and load it into the cluster.");
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Trouble($"did not greet within {Duration.Format(StartLimit)}");
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _lines.ReadLineAsync(_ended.Token) is { } line)
            {
                if (HelperProtocol.TryRead<ReportLine>(line) is { } report && _open.TryGetValue(report.Id, out var answer))
                {
                    answer.TrySetResult(report);
                }
            }

            Lose(await LastWordsAsync(_ended.Token));
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException)
        {
            Lose("is gone");
        }
    }

    private async Task BeatAsync()
    {
        using var timer = new PeriodicTimer(HelperProtocol.BeatInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                var report = await AskAsync(new Beat(), _ended.Token).WaitAsync(HelperProtocol.Silence, _time);
                foreach (var (cut, reason) in report.Broken)
                {
                    _cuts.GetValueOrDefault(cut)?.Invoke(reason);
                }
            }
        }
        catch (TimeoutException)
        {
            Lose($"did not answer within {Duration.Format(HelperProtocol.Silence)}");
        }
        catch (Exception error) when (error is OperationCanceledException or HarnessException)
        {
            // The session is over, which has been said where it was found out.
        }
    }

    private async Task WriteAsync(OrderLine line, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            // A line is written whole or not at all, else the next one would be read as a part of it.
            await _session.Input.WriteAsync(HelperProtocol.Write(line), CancellationToken.None);
            await _session.Input.FlushAsync(CancellationToken.None);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            Lose("is gone");
            ThrowIfLost();
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task<string> LastWordsAsync(CancellationToken cancellationToken)
    {
        try
        {
            var ended = await _session.Ended.WaitAsync(EndLimit, _time, cancellationToken);
            return $"ended with exit code {ended.ExitCode}. {ended.Errors.Trim()}".TrimEnd();
        }
        catch (TimeoutException)
        {
            return "closed its output";
        }
    }

    private void Lose(string reason)
    {
        if (Interlocked.CompareExchange(ref _lost, reason, null) is not null)
        {
            return;
        }

        _ended.Cancel();
        foreach (var broken in _cuts.Values)
        {
            broken($"{_name} {reason}, so that it has undone what it did");
        }

        foreach (var answer in _open.Values)
        {
            answer.TrySetException(Trouble(reason));
        }
    }

    private void ThrowIfLost()
    {
        if (Lost is { } lost)
        {
            throw Trouble(lost);
        }
    }

    private HarnessException Trouble(string what) => new(ExitCode.EnvironmentFailed, $"{_name}: {what}");
}
